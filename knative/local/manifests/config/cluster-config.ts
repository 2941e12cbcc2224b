import type { Fault } from "../fault.ts";
import { enabledFeatures, featureFaults } from "../features.ts";
import type { Located } from "../load.ts";
import { type AutoscalerConfig, readAutoscalerConfig } from "./autoscaler.ts";
import { type BrokerDefaults, readBrokerDefaults } from "./broker-defaults.ts";
import { configData, configReader } from "./config-data.ts";
import { readServingDefaults, type ServingDefaults } from "./serving-defaults.ts";

/** What the manifests say of Knative itself: its ConfigMaps, or the objects of its operator. */
export type ClusterConfig = {
  servingFeatures: ReadonlySet<string>;
  eventingFeatures: ReadonlySet<string>;
  defaults: ServingDefaults;
  autoscaler: AutoscalerConfig;
  brokers: BrokerDefaults;
  /** Of a PingSource's data; null is without limit. */
  pingDataBytes: number | null;
};

/** Checked as Knative's config webhooks do. */
export function readClusterConfig(located: readonly Located[], faults: Fault[]): ClusterConfig {
  faults.push(...featureFaults(located));
  const ping = configReader(
    configData(located, "knative-eventing", "config-ping-defaults"),
    faults,
  );
  const size = ping.whole("data-max-size") ?? -1;
  return {
    servingFeatures: enabledFeatures(located, "knative-serving"),
    eventingFeatures: enabledFeatures(located, "knative-eventing"),
    defaults: readServingDefaults(located, faults),
    autoscaler: readAutoscalerConfig(located, faults),
    brokers: readBrokerDefaults(located, faults),
    pingDataBytes: size < 0 ? null : size,
  };
}
