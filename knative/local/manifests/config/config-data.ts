import { isRecord } from "../../cluster/kube-object.ts";
import type { Fault } from "../fault.ts";
import { goDurationMs } from "../duration.ts";
import { goFloat } from "../go-float.ts";
import type { Located } from "../load.ts";

/** What one of Knative's ConfigMaps says, with the places of its keys. */
export type ConfigData = {
  /** `ConfigMap config-autoscaler`, for people. */
  name: string;
  data: Readonly<Record<string, string>>;
  faultAt: (key: string, message: string) => Fault;
};

const OPERATED = {
  "knative-serving": "KnativeServing",
  "knative-eventing": "KnativeEventing",
} as const;

/**
 * A ConfigMap of Knative's own among the manifests, or the same in the `spec.config` of the
 * operator's object; null without one. `name` is `config-…`.
 */
export function configData(
  located: readonly Located[],
  namespace: keyof typeof OPERATED,
  name: string,
): ConfigData | null {
  for (const one of located) {
    const { kind, metadata, apiVersion } = one.object;
    if (metadata.namespace !== namespace) continue;
    if (kind === "ConfigMap" && apiVersion === "v1" && metadata.name === name) {
      return dataAt(one, ["data"], `ConfigMap ${name}`);
    }
    if (kind !== OPERATED[namespace] || !apiVersion.startsWith("operator.knative.dev/")) continue;
    for (const key of [name, name.replace(/^config-/, "")]) {
      const found = dataAt(one, ["spec", "config", key], `${kind} ${metadata.name}: ${key}`);
      if (found !== null) return found;
    }
  }
  return null;
}

function dataAt(one: Located, path: readonly string[], name: string): ConfigData | null {
  const found = path.reduce<unknown>(
    (value, key) => (isRecord(value) ? value[key] : undefined),
    one.object,
  );
  if (!isRecord(found)) return null;
  const texts = Object.entries(found).flatMap(([key, value]) =>
    typeof value === "string" ? [[key, value] as const] : [],
  );
  return {
    name,
    data: Object.fromEntries(texts),
    faultAt: (key, message) => ({
      file: one.file,
      line: one.lineOf([...path, key]),
      message: `${name}: ${key}: ${message}`,
    }),
  };
}

/** Reads keys as `knative.dev/pkg/configmap` does; each one that is not of its kind is a fault. */
export function configReader(config: ConfigData | null, faults: Fault[]) {
  function read<T>(key: string, what: string, parse: (text: string) => T | null): T | null {
    const text = config?.data[key];
    if (config === null || text === undefined) return null;
    const value = parse(text);
    if (value === null) faults.push(config.faultAt(key, `${JSON.stringify(text)} is not ${what}`));
    return value;
  }
  return {
    whole: (key: string) =>
      read(key, "a whole number", (text) => (/^[-+]?\d+$/.test(text) ? Number(text) : null)),
    number: (key: string) => read(key, "a number", goFloat),
    isTrue: (key: string) => read(key, "true or false", goBoolean),
    seconds: (key: string) =>
      read(key, "a duration such as 60s", (text) => {
        const durationMs = goDurationMs(text);
        return durationMs === null ? null : durationMs / 1_000;
      }),
    /** Faults when a value that was given is out of its bounds. */
    check: (key: string, isRight: boolean, message: string): void => {
      if (config !== null && config.data[key] !== undefined && !isRight) {
        faults.push(config.faultAt(key, message));
      }
    },
  };
}

/** `strconv.ParseBool` */
function goBoolean(text: string): boolean | null {
  if (/^(1|t|T|TRUE|true|True)$/.test(text)) return true;
  return /^(0|f|F|FALSE|false|False)$/.test(text) ? false : null;
}
