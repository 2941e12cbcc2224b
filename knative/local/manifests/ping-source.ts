import { z } from "zod";
import { isRecord } from "../cluster/kube-object.ts";
import { scheduleFault } from "../sources/schedule.ts";
import { CeOverrides, toExtensions } from "./ce-overrides.ts";
import { type Destination, DestinationSpec, toDestination } from "./destination.ts";
import type { Fault } from "./fault.ts";
import type { Located } from "./load.ts";
import { type Identity, Metadata } from "./metadata.ts";

/** `E:pkg/apis/sources/v1/ping_{types,validation,defaults}.go` */
export const PingSourceManifest = z.object({
  apiVersion: z.enum(["sources.knative.dev/v1", "sources.knative.dev/v1beta2"]),
  kind: z.literal("PingSource"),
  metadata: Metadata,
  spec: z
    .strictObject({
      schedule: z
        .string()
        .default("* * * * *")
        .superRefine((schedule, context) => {
          const message = scheduleFault(schedule);
          if (message !== null) context.addIssue({ code: "custom", message });
        }),
      timezone: z.string().refine(isTimeZone, "is not a time zone such as Europe/Paris").optional(),
      contentType: z.string().optional(),
      data: z.string().optional(),
      dataBase64: z.base64().optional(),
      ceOverrides: CeOverrides.optional(),
      sink: DestinationSpec,
    })
    .superRefine(({ contentType, data, dataBase64 }, context) => {
      const issue = (name: string, message: string) =>
        context.addIssue({ code: "custom", path: [name], message });
      if (data && dataBase64) {
        issue("dataBase64", "must not come with data");
      }
      if (contentType !== "application/json") return;
      const name = data ? "data" : "dataBase64";
      const text = data || atob(dataBase64 ?? "");
      if (text !== "" && !isJsonObject(text)) {
        issue(name, "must be a JSON object when contentType is application/json");
      }
    }),
});

export type PingSource = Identity & {
  /** Cron with 5 or 6 fields (seconds first), or a macro such as @hourly. */
  schedule: string;
  /** IANA name; null is the zone of the process. */
  timezone: string | null;
  contentType: string | null;
  data: Buffer | null;
  extensions: Readonly<Record<string, string>>;
  sink: Destination;
};

export function toPingSource(
  manifest: z.output<typeof PingSourceManifest>,
  identity: Identity,
): PingSource {
  const { schedule, timezone, contentType, data, dataBase64, ceOverrides, sink } = manifest.spec;
  const bytes = dataBase64 ? Buffer.from(dataBase64, "base64") : Buffer.from(data ?? "");
  return {
    ...identity,
    schedule,
    timezone: timezone ?? null,
    contentType: contentType ?? null,
    data: bytes.length === 0 ? null : bytes,
    extensions: toExtensions(ceOverrides),
    sink: toDestination(sink, identity.namespace),
  };
}

/** What `data-max-size` of config-ping-defaults refuses. `E:pkg/apis/sources/v1/ping_validation.go` */
export function pingDataFaults(one: Located, maxBytes: number | null): Fault[] {
  const spec = one.object["spec"];
  if (maxBytes === null || !isRecord(spec)) return [];
  return ["data", "dataBase64"].flatMap((field) => {
    const text = spec[field];
    const bytes = typeof text === "string" ? Buffer.byteLength(text) : 0;
    if (bytes <= maxBytes) return [];
    const { file, object } = one;
    const limit = `the ${field} length of ${bytes} bytes exceeds limit set at ${maxBytes}`;
    const message = `PingSource ${object.metadata.name}: spec.${field}: ${limit}`;
    return [{ file, line: one.lineOf(["spec", field]), message }];
  });
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** Or null, which Go takes for an empty one. */
function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && !Array.isArray(value);
  } catch {
    return false;
  }
}
