import { isRecord } from "./kube-object.ts";
import { forbiddenField, invalidValue, requiredField } from "./status-error.ts";
import type { Cause } from "./status-error.ts";

const qualifiedName = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
const dnsLabel = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const dnsSubdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** Sum of keys and values of all annotations, in bytes (`TotalAnnotationSizeLimitB`). */
const maxAnnotationBytes = 256 * 1024;

const nameRule =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const valueRule =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const subdomainRule =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const labelRule =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

/** The faults of a label's key, in the words of apimachinery; null when there is none. */
export function labelKeyFault(key: string): string | null {
  const parts = key.split("/");
  if (parts.length > 2) {
    return `a valid label key ${nameRule.slice("name part ".length)} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`;
  }
  const name = parts.at(-1) ?? "";
  const prefix = parts.length === 2 ? parts[0] : undefined;
  if (prefix === "") return "prefix part must be non-empty";
  if (prefix !== undefined && (prefix.length > 253 || !dnsSubdomain.test(prefix))) {
    return `prefix part ${subdomainRule}`;
  }
  if (name === "") return "name part must be non-empty";
  if (name.length > 63) return "name part must be no more than 63 bytes";
  return qualifiedName.test(name) ? null : nameRule;
}

/** The faults of a label's value; null when there is none. */
export function labelValueFault(value: string): string | null {
  if (value.length > 63) return "must be no more than 63 bytes";
  return value === "" || qualifiedName.test(value) ? null : valueRule;
}

export function labelCauses(labels: unknown, field: string): Cause[] {
  if (!isRecord(labels)) return [];
  return Object.entries(labels).flatMap(([key, value]) => {
    const wrongKey = labelKeyFault(key);
    const wrongValue = labelValueFault(String(value));
    return [
      ...(wrongKey === null ? [] : [invalidValue(field, key, wrongKey)]),
      ...(wrongValue === null ? [] : [invalidValue(field, value, wrongValue)]),
    ];
  });
}

function annotationCauses(annotations: unknown): Cause[] {
  if (!isRecord(annotations)) return [];
  const entries = Object.entries(annotations);
  const bytes = entries.reduce(
    (sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(String(value)),
    0,
  );
  return [
    ...entries.flatMap(([key]) => {
      const fault = labelKeyFault(key.toLowerCase());
      return fault === null ? [] : [invalidValue("metadata.annotations", key, fault)];
    }),
    ...(bytes > maxAnnotationBytes
      ? [
          {
            reason: "FieldValueTooLong",
            message: `Too long: may not be more than ${maxAnnotationBytes} bytes`,
            field: "metadata.annotations",
          },
        ]
      : []),
  ];
}

/** RBAC names are free path segments; namespaces and Services are labels; the rest subdomains. */
function nameFault(name: string, group: string, plural: string): string | null {
  if (group === "rbac.authorization.k8s.io") {
    return /[/%]/.test(name) || name === "." || name === ".."
      ? "may not contain '/' or '%', or be '.' or '..'"
      : null;
  }
  if (group === "" && (plural === "namespaces" || plural === "services")) {
    return name.length <= 63 && dnsLabel.test(name) ? null : labelRule;
  }
  if (name.length > 253) return "must be no more than 253 characters";
  return dnsSubdomain.test(name) ? null : subdomainRule;
}

/** Finalizers of Kubernetes' own that have no domain. */
const standardFinalizers: ReadonlySet<string> = new Set([
  "kubernetes",
  "foregroundDeletion",
  "orphan",
]);

function finalizerCauses(finalizers: unknown): Cause[] {
  return (Array.isArray(finalizers) ? finalizers : []).flatMap((finalizer: unknown, index) => {
    const name = String(finalizer);
    const field = `metadata.finalizers[${index}]`;
    const fault = labelKeyFault(name);
    if (fault !== null) return [invalidValue(field, name, fault)];
    return name.includes("/") || standardFinalizers.has(name)
      ? []
      : [
          invalidValue(
            field,
            name,
            "name is neither a standard finalizer name nor is it fully qualified",
          ),
        ];
  });
}

type Finalized = { metadata: { deletionTimestamp?: string; finalizers?: unknown } };

/** What is being deleted gets no finalizer more. */
export function finalizerUpdateCauses(before: Finalized, after: Finalized): Cause[] {
  if (before.metadata.deletionTimestamp === undefined) return [];
  const listed = ({ metadata: { finalizers } }: Finalized): unknown[] =>
    Array.isArray(finalizers) ? finalizers : [];
  const old = listed(before);
  const added = listed(after).filter((finalizer) => !old.includes(finalizer));
  if (added.length === 0) return [];
  const shown = added.map((finalizer) => JSON.stringify(finalizer)).join(", ");
  return [
    forbiddenField(
      "metadata.finalizers",
      `no new finalizers can be added if the object is being deleted, found new finalizers []string{${shown}}`,
    ),
  ];
}

function ownerCauses(owners: unknown): Cause[] {
  const field = "metadata.ownerReferences";
  const list: Record<string, unknown>[] = Array.isArray(owners) ? owners.filter(isRecord) : [];
  const rules = [
    ["apiVersion", "version must not be empty"],
    ["kind", "must not be empty"],
    ["name", "must not be empty"],
    ["uid", "must not be empty"],
  ] as const;
  const causes = list.flatMap((owner) =>
    rules.flatMap(([name, why]) =>
      (owner[name] ?? "") === "" ? [invalidValue(`${field}.${name}`, "", why)] : [],
    ),
  );
  const shown = list
    .filter(({ controller }) => controller === true)
    .map(({ kind, name }) => `${String(kind)}/${String(name)}`);
  if (shown.length < 2) return causes;
  const why = `Only one reference can have Controller set to true. Found "true" in references for ${shown[0]} and ${shown[1]}`;
  return [...causes, invalidValue(field, owners, why)];
}

/** Every fault of an object's metadata by the API conventions; none when it is well-formed. */
export function metadataCauses(
  metadata: {
    name: string;
    labels?: unknown;
    annotations?: unknown;
    ownerReferences?: unknown;
    finalizers?: unknown;
  },
  group: string,
  plural: string,
): Cause[] {
  const { name } = metadata;
  const fault = name === "" ? null : nameFault(name, group, plural);
  return [
    ...(name === "" ? [requiredField("metadata.name", "name or generateName is required")] : []),
    ...(fault === null ? [] : [invalidValue("metadata.name", name, fault)]),
    ...labelCauses(metadata.labels, "metadata.labels"),
    ...annotationCauses(metadata.annotations),
    ...ownerCauses(metadata.ownerReferences),
    ...finalizerCauses(metadata.finalizers),
  ];
}

/** Faults of labels that select nothing of their own template: a workload that owns no pod. */
export function templateCauses(matches: boolean, labels: unknown): Cause[] {
  return matches
    ? []
    : [
        invalidValue(
          "spec.template.metadata.labels",
          labels ?? {},
          "`selector` does not match template `labels`",
        ),
      ];
}
