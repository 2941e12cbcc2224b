import type { JsonRecord } from "./kube-object.ts";

/** `field` is absent where the fault is not one of a field. */
export type Cause = { reason: string; message: string; field?: string };

type Details = {
  name?: string;
  group?: string;
  kind?: string;
  uid?: string;
  causes?: Cause[];
  retryAfterSeconds?: number;
};

/** What a message says an object is: `pods` or `deployments.apps`. */
export type ResourceName = { group: string; plural: string; kind: string };

const qualified = ({ group, plural }: ResourceName): string =>
  group === "" ? plural : `${plural}.${group}`;

/** An answer of the API that is not a success: the `Status` object kubectl prints. */
export class StatusError extends Error {
  readonly code: number;
  /** "" where the API server gives none. */
  readonly reason: string;
  readonly details: Details | undefined;
  /** Members of `metadata`: `continue` of an expired list. */
  readonly listMeta: JsonRecord;

  constructor(
    code: number,
    reason: string,
    message: string,
    details?: Details,
    listMeta: JsonRecord = {},
  ) {
    super(message);
    this.name = "StatusError";
    this.code = code;
    this.reason = reason;
    this.details = details;
    this.listMeta = listMeta;
  }

  toStatus(): JsonRecord {
    return {
      kind: "Status",
      apiVersion: "v1",
      metadata: this.listMeta,
      status: "Failure",
      message: this.message,
      ...(this.reason === "" ? {} : { reason: this.reason }),
      ...(this.details === undefined ? {} : { details: this.details }),
      code: this.code,
    };
  }
}

const named = (resource: ResourceName, name: string): Details => ({
  ...(name === "" ? {} : { name }),
  ...(resource.group === "" ? {} : { group: resource.group }),
  kind: resource.plural,
});

export const notFound = (resource: ResourceName, name: string): StatusError =>
  new StatusError(
    404,
    "NotFound",
    `${qualified(resource)} "${name}" not found`,
    named(resource, name),
  );

/** No such path, kind or subresource; `what`: that is not served here, where a real cluster may have it. */
export const noSuchResource = (what = ""): StatusError =>
  new StatusError(
    404,
    "NotFound",
    `the server could not find the requested resource${what === "" ? "" : ` (the simulated cluster does not serve ${what})`}`,
    {},
  );

export const alreadyExists = (resource: ResourceName, name: string): StatusError =>
  new StatusError(
    409,
    "AlreadyExists",
    `${qualified(resource)} "${name}" already exists`,
    named(resource, name),
  );

export const conflict = (resource: ResourceName, name: string, why?: string): StatusError =>
  new StatusError(
    409,
    "Conflict",
    `Operation cannot be fulfilled on ${qualified(resource)} "${name}": ${
      why ??
      "the object has been modified; please apply your changes to the latest version and try again"
    }`,
    named(resource, name),
  );

export const forbidden = (resource: ResourceName, name: string, why: string): StatusError =>
  new StatusError(
    403,
    "Forbidden",
    `${qualified(resource)}${name === "" ? "" : ` "${name}"`} is forbidden: ${why}`,
    named(resource, name),
  );

export const badRequest = (message: string): StatusError =>
  new StatusError(400, "BadRequest", message);

export const unauthorized = (): StatusError => new StatusError(401, "Unauthorized", "Unauthorized");

export const methodNotAllowed = (): StatusError =>
  new StatusError(
    405,
    "MethodNotAllowed",
    "the server does not allow this method on the requested resource",
    {},
  );

/** 422 with one cause per fault; `name` is "" while the object has none. */
export function invalid(resource: ResourceName, name: string, causes: Cause[]): StatusError {
  const faults = causes.map(({ field, message }) => `${field}: ${message}`);
  return new StatusError(
    422,
    "Invalid",
    `${resource.group === "" ? resource.kind : `${resource.kind}.${resource.group}`} "${name}" is invalid: ${
      faults.length === 1 ? (faults[0] ?? "") : `[${faults.join(", ")}]`
    }`,
    {
      ...(name === "" ? {} : { name }),
      ...(resource.group === "" ? {} : { group: resource.group }),
      ...(resource.kind === "" ? {} : { kind: resource.kind }),
      causes,
    },
  );
}

export const invalidValue = (field: string, value: unknown, why: string): Cause => ({
  reason: "FieldValueInvalid",
  message: `Invalid value: ${JSON.stringify(value) ?? "null"}: ${why}`,
  field,
});

export const forbiddenField = (field: string, why: string): Cause => ({
  reason: "FieldValueForbidden",
  message: `Forbidden: ${why}`,
  field,
});

export const requiredField = (field: string, why = ""): Cause => ({
  reason: "FieldValueRequired",
  message: `Required value${why === "" ? "" : `: ${why}`}`,
  field,
});

export const unsupportedValue = (
  field: string,
  value: unknown,
  supported: readonly string[],
): Cause => ({
  reason: "FieldValueNotSupported",
  message: `Unsupported value: ${JSON.stringify(value)}: supported values: ${supported
    .map((each) => JSON.stringify(each))
    .join(", ")}`,
  field,
});

export const tooLong = (field: string, maxBytes: number): Cause => ({
  reason: "FieldValueTooLong",
  message: `Too long: may not be more than ${maxBytes} bytes`,
  field,
});

/** 422 for what the query or a body of options asks for: `ListOptions`, `PatchOptions` … */
export const invalidOptions = (kind: string, causes: Cause[]): StatusError =>
  invalid({ group: "meta.k8s.io", plural: "", kind }, "", causes);

/** 504 for a version that this server has not reached yet. */
export const tooLargeVersion = (asked: string, current: number): StatusError =>
  new StatusError(
    504,
    "Timeout",
    `Timeout: Too large resource version: ${asked}, current: ${current}`,
    {
      causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
      retryAfterSeconds: 1,
    },
  );

/** 500 for what the API server has no better word for. */
export const unexplained = (message: string): StatusError => new StatusError(500, "", message);
