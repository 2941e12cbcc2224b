import { HONOURED_FLAGS } from "../features.ts";
import type { Located } from "../load.ts";
import { AUTOSCALER_KEYS } from "./autoscaler.ts";
import { type ConfigData, configData } from "./config-data.ts";
import { SERVING_DEFAULTS_KEYS } from "./serving-defaults.ts";

type Namespace = Parameters<typeof configData>[1];

/** By ConfigMap, the keys that mean something to a process on one machine; null: not one of them. */
const CONFIGS: readonly [Namespace, name: string, keys: readonly string[] | null][] = [
  ["knative-serving", "config-autoscaler", AUTOSCALER_KEYS],
  ["knative-serving", "config-defaults", SERVING_DEFAULTS_KEYS],
  ["knative-serving", "config-deployment", null],
  ["knative-serving", "config-domain", null],
  ["knative-serving", "config-gc", null],
  ["knative-serving", "config-network", null],
  ["knative-serving", "config-logging", null],
  ["knative-serving", "config-observability", null],
  ["knative-serving", "config-tracing", null],
  ["knative-eventing", "config-br-defaults", ["default-br-config"]],
  ["knative-eventing", "config-br-default-channel", null],
  ["knative-eventing", "default-ch-webhook", null],
  ["knative-eventing", "config-ping-defaults", ["data-max-size"]],
  ["knative-eventing", "config-sugar", null],
  ["knative-eventing", "config-kafka-broker-data-plane", null],
  ["knative-eventing", "config-kafka-features", null],
  ["knative-eventing", "config-kafka-sink-data-plane", null],
  ["knative-eventing", "config-kafka-source-data-plane", null],
  ["knative-eventing", "config-kafka-source-defaults", null],
  ["knative-eventing", "kafka-broker-config", null],
  ["knative-eventing", "kafka-channel", null],
];

/** In one line. */
const MAX_KEYS = 5;

/**
 * What the manifests say of Knative itself and one machine has no part of, a line for each
 * ConfigMap: nothing is ignored in silence. Pure.
 */
export function notHonoured(located: readonly Located[]): string[] {
  const lines = CONFIGS.flatMap(([namespace, name, keys]) => {
    const config = configData(located, namespace, name);
    return config === null ? [] : lineOf(config, (key) => keys?.includes(key) === true);
  });
  for (const namespace of ["knative-serving", "knative-eventing"] as const) {
    const config = configData(located, namespace, "config-features");
    if (config === null) continue;
    const isOff = (key: string) => config.data[key]?.toLowerCase() === "disabled";
    lines.push(...lineOf(config, (key) => HONOURED_FLAGS.has(key) || isOff(key)));
  }
  return lines;
}

function lineOf({ name, data }: ConfigData, isHonoured: (key: string) => boolean): string[] {
  const keys = Object.keys(data).filter((key) => !key.startsWith("_") && !isHonoured(key));
  if (keys.length === 0) return [];
  const more = keys.length - MAX_KEYS;
  const named = keys.slice(0, MAX_KEYS).join(", ") + (more > 0 ? ` and ${more} more` : "");
  return [`${name} says nothing to one machine by ${named}`];
}
