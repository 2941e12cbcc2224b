import type { Fault } from "../fault.ts";
import type { Located } from "../load.ts";
import { configData, configReader } from "./config-data.ts";

/** `config-defaults` of Serving, as far as a process has it. 0 is off, null is not said. */
export type ServingDefaults = {
  timeoutSeconds: number;
  maxTimeoutSeconds: number;
  responseStartTimeoutSeconds: number | null;
  idleTimeoutSeconds: number | null;
  containerConcurrency: number;
  maxContainerConcurrency: number;
  isConcurrencyZeroAllowed: boolean;
};

/** `S:pkg/apis/config/defaults.go` */
export const SERVING_DEFAULTS: ServingDefaults = {
  timeoutSeconds: 300,
  maxTimeoutSeconds: 600,
  responseStartTimeoutSeconds: null,
  idleTimeoutSeconds: null,
  containerConcurrency: 0,
  maxContainerConcurrency: 1_000,
  isConcurrencyZeroAllowed: true,
};

/** Keys that are read here. */
export const SERVING_DEFAULTS_KEYS = [
  "revision-timeout-seconds",
  "max-revision-timeout-seconds",
  "revision-response-start-timeout-seconds",
  "revision-idle-timeout-seconds",
  "container-concurrency",
  "container-concurrency-max-limit",
  "allow-container-concurrency-zero",
];

/** What the manifests say of it, checked as Serving does. */
export function readServingDefaults(located: readonly Located[], faults: Fault[]): ServingDefaults {
  const config = configData(located, "knative-serving", "config-defaults");
  const { whole, isTrue, check } = configReader(config, faults);
  const none = SERVING_DEFAULTS;
  const read: ServingDefaults = {
    timeoutSeconds: whole("revision-timeout-seconds") ?? none.timeoutSeconds,
    maxTimeoutSeconds: whole("max-revision-timeout-seconds") ?? none.maxTimeoutSeconds,
    responseStartTimeoutSeconds: whole("revision-response-start-timeout-seconds"),
    idleTimeoutSeconds: whole("revision-idle-timeout-seconds"),
    containerConcurrency: whole("container-concurrency") ?? none.containerConcurrency,
    maxContainerConcurrency:
      whole("container-concurrency-max-limit") ?? none.maxContainerConcurrency,
    isConcurrencyZeroAllowed:
      isTrue("allow-container-concurrency-zero") ?? none.isConcurrencyZeroAllowed,
  };
  const { timeoutSeconds, maxTimeoutSeconds, maxContainerConcurrency } = read;
  const tooLong = `cannot be greater than revision-timeout-seconds (${timeoutSeconds})`;
  const isLongest = timeoutSeconds <= maxTimeoutSeconds;
  const longest = `revision-timeout-seconds (${timeoutSeconds}) cannot be greater than max-revision-timeout-seconds (${maxTimeoutSeconds})`;
  check(
    config?.data["max-revision-timeout-seconds"] === undefined
      ? "revision-timeout-seconds"
      : "max-revision-timeout-seconds",
    isLongest,
    longest,
  );
  const isWithin = (seconds: number | null) => (seconds ?? 0) <= timeoutSeconds;
  const { responseStartTimeoutSeconds: start, idleTimeoutSeconds: idle } = read;
  check("revision-response-start-timeout-seconds", isWithin(start), tooLong);
  check("revision-idle-timeout-seconds", isWithin(idle), tooLong);
  check("container-concurrency-max-limit", maxContainerConcurrency >= 1, "must be at least 1");
  const { containerConcurrency } = read;
  check(
    "container-concurrency",
    containerConcurrency >= 0 && containerConcurrency <= maxContainerConcurrency,
    `must be from 0 to ${maxContainerConcurrency}`,
  );
  return read;
}
