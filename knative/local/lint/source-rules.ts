import { Cron } from "croner";
import type { ApiServerSource } from "../manifests/api-server-source.ts";
import { isCoreAttribute } from "../manifests/ce-overrides.ts";
import type { PingSource } from "../manifests/ping-source.ts";
import type { Identity } from "../manifests/metadata.ts";
import type { SinkBinding } from "../manifests/sink-binding.ts";
import { normalSchedule } from "../sources/schedule.ts";
import { isAscii, nonAsciiText } from "./ascii.ts";
import type { Inspected, Rule, Warning } from "./warning.ts";

/** Five retries of 100 ms · 2^k: `E:vendor/…/protocol/http/protocol_retry.go`. */
const RETRIES_MS = 3_100;

/** What sources send, and don't. */
export const sourceRules: Rule = (inspected) => {
  const { pingSources, sinkBindings, services, apiServerSources, containerSources } =
    inspected.wiring;
  return [
    ...pingSources.flatMap((source) => [
      ...fastTicks(inspected, source),
      ...timeZone(inspected, source),
      ...contentType(inspected, source),
      ...overrides(inspected, source),
    ]),
    ...apiServerSources.flatMap((source) => [
      ...secrets(inspected, source),
      ...overrides(inspected, source),
    ]),
    ...containerSources.flatMap((source) => overrides(inspected, source)),
    ...sinkBindings.flatMap((binding) => {
      const { namespace, subject } = binding;
      const isServing = subject.apiVersion.startsWith("serving.knative.dev/");
      const isThere = services.some(
        (one) => one.namespace === namespace && one.name === subject.name,
      );
      const found = [...overrides(inspected, binding), ...jobs(inspected, binding)];
      if (!isServing || subject.name === undefined || isThere) return found;
      const message = `binds nothing: there is no ${subject.kind} ${subject.name} in namespace ${namespace}`;
      const at = ["spec", "subject", "name"];
      return [...found, inspected.warn(binding, at, "unbound-subject", message)];
    }),
  ];
};

function fastTicks({ warn }: Inspected, source: PingSource): Warning[] {
  const cron = new Cron(normalSchedule(source.schedule), { paused: true, mode: "6-part" });
  const runs = cron.nextRuns(10, new Date(0)).map((run) => run.getTime());
  const intervalMs = Math.min(...runs.slice(1).map((run, index) => run - (runs[index] as number)));
  if (intervalMs >= RETRIES_MS) return [];
  const message =
    `a tick every ${intervalMs / 1_000} s is faster than the retries of one that failed (3.1 s) and starts up to ` +
    "0.5 s late by intent: ticks overtake each other, and no function behind it gets to zero";
  return [warn(source, ["spec", "schedule"], "fast-ticks", message)];
}

function timeZone({ warn }: Inspected, source: PingSource): Warning[] {
  if (source.timezone !== null) return [];
  const hours = normalSchedule(source.schedule).split(" ")[2];
  if (hours === "*") return [];
  const message =
    "a schedule with hours and no timezone: this machine's zone here, that of the adapter's pod there";
  return [warn(source, ["spec", "schedule"], "local-time-zone", message)];
}

function contentType({ warn }: Inspected, source: PingSource): Warning[] {
  if (source.data === null && source.contentType !== null) {
    const message = "contentType without data is not sent";
    return [warn(source, ["spec", "contentType"], "unsent-content-type", message)];
  }
  if (source.data === null || source.contentType !== null) return [];
  const message = "data without contentType: the event does not say what its data is";
  return [warn(source, ["spec", "data"], "no-content-type", message)];
}

/** `E:pkg/adapter/apiserver`: the object is the data, whoever reads the event. */
function secrets({ warn }: Inspected, source: ApiServerSource): Warning[] {
  if (source.mode !== "Resource") return [];
  return source.resources.flatMap(({ apiVersion, kind }, index) => {
    if (apiVersion !== "v1" || kind !== "Secret") return [];
    const message =
      "mode Resource sends each Secret whole, to every trigger and every dead-letter sink; Reference sends its name";
    return [warn(source, ["spec", "resources", index], "secrets-in-events", message)];
  });
}

function jobs({ warn }: Inspected, binding: SinkBinding): Warning[] {
  if (binding.subject.kind !== "Job") return [];
  const message =
    "the template of a Job can't be changed: one that was created before its SinkBinding gets no K_SINK";
  return [warn(binding, ["spec", "subject"], "late-binding", message)];
}

function overrides({ written, warn }: Inspected, source: Identity): Warning[] {
  const path = ["spec", "ceOverrides", "extensions"];
  return Object.entries((written(source, path) ?? {}) as object).flatMap(([name, value]) => {
    const at = [...path, name];
    if (isCoreAttribute(name.toLowerCase())) {
      return [warn(source, at, "core-override", `ceOverrides can't set ${name}: only extensions`)];
    }
    return isAscii(String(value)) ? [] : [warn(source, at, "non-ascii", nonAsciiText(name))];
  });
}
