import { parseDocument } from "yaml";
import { isRecord } from "../../cluster/kube-object.ts";
import { BROKER_CLASS } from "../broker.ts";
import type { Fault } from "../fault.ts";
import type { Located } from "../load.ts";
import { KUBE_YAML } from "../yaml-dialect.ts";
import { configData } from "./config-data.ts";

type BrokerConfig = Readonly<Record<string, unknown>>;

/** `config-br-defaults` of Eventing, as it is written; null where the manifests have none. */
export type BrokerDefaults = {
  cluster: BrokerConfig | null;
  namespaces: Readonly<Record<string, unknown>>;
} | null;

const KEY = "default-br-config";

/** What the manifests say of it. `E:pkg/apis/config/defaults.go` */
export function readBrokerDefaults(located: readonly Located[], faults: Fault[]): BrokerDefaults {
  const config = configData(located, "knative-eventing", "config-br-defaults");
  if (config === null) return null;
  const document = parseDocument(config.data[KEY] ?? "", KUBE_YAML);
  const [error] = document.errors;
  const value: unknown = error === undefined ? document.toJS() : null;
  if (!isRecord(value)) {
    const why = error?.message.split("\n", 1)[0] ?? "needs clusterDefault or namespaceDefaults";
    faults.push(config.faultAt(KEY, why));
    return null;
  }
  const { clusterDefault, namespaceDefaults } = value;
  return {
    cluster: isRecord(clusterDefault) ? clusterDefault : null,
    namespaces: isRecord(namespaceDefaults) ? namespaceDefaults : {},
  };
}

/**
 * The Broker with what Eventing's webhook fills in: class, config and delivery, each only where it
 * says nothing of it. Pure.
 */
export function withBrokerDefaults(one: Located, defaults: BrokerDefaults): Located {
  if (defaults === null) return one;
  const { object } = one;
  const namespace = object.metadata.namespace ?? "default";
  const annotations = object.metadata.annotations ?? {};
  const asked = annotations[BROKER_CLASS];
  const brokerClass = asked ?? classOf(defaults, namespace);
  const config = configOf(defaults, namespace, asked);
  const spec = isRecord(object["spec"]) ? object["spec"] : {};
  const ref = config === null ? undefined : referenceOf(config);
  return {
    ...one,
    object: {
      ...object,
      metadata: {
        ...object.metadata,
        annotations: {
          ...annotations,
          ...(brokerClass === undefined ? {} : { [BROKER_CLASS]: brokerClass }),
        },
      },
      spec: {
        ...spec,
        ...(spec["config"] === undefined && ref !== undefined ? { config: ref } : {}),
        // Nothing is what a config without a delivery gives: no retries.
        delivery: spec["delivery"] ?? deliveryOf(config),
      },
    },
  };
}

function classOf({ cluster, namespaces }: NonNullable<BrokerDefaults>, namespace: string) {
  const own = namespaces[namespace];
  const found = [own, cluster].map((one) => (isRecord(one) ? one["brokerClass"] : undefined));
  return found.find((one): one is string => typeof one === "string" && one !== "");
}

function configOf(
  { cluster, namespaces }: NonNullable<BrokerDefaults>,
  namespace: string,
  asked: string | undefined,
): BrokerConfig | null {
  const own = namespaces[namespace];
  const ownClass = isRecord(own) ? own["brokerClass"] || undefined : undefined;
  const brokerClass = asked ?? ownClass;
  if (isRecord(own) && brokerClass !== undefined) {
    if (brokerClass === ownClass && isConfig(own)) return own;
    const found = brokerClass === ownClass ? null : classConfig(own, brokerClass);
    if (found !== null) return found;
  }
  if (cluster === null || !isConfig(cluster)) return null;
  if (brokerClass === undefined || cluster["brokerClass"] === brokerClass) return cluster;
  return classConfig(cluster, brokerClass) ?? cluster;
}

function classConfig(of: BrokerConfig, brokerClass: unknown): BrokerConfig | null {
  const classes = of["brokerClasses"];
  if (!isRecord(classes) || typeof brokerClass !== "string") return null;
  const found = Object.hasOwn(classes, brokerClass) ? classes[brokerClass] : undefined;
  return isRecord(found) ? found : null;
}

const REFERENCE = ["apiVersion", "kind", "name", "namespace"];

const isConfig = (config: BrokerConfig): boolean =>
  [...REFERENCE, "delivery"].some((field) => config[field] !== undefined);

function referenceOf(config: BrokerConfig): BrokerConfig | undefined {
  const given = REFERENCE.filter((field) => config[field] !== undefined);
  if (given.length === 0) return undefined;
  return Object.fromEntries(given.map((field) => [field, config[field]]));
}

/** `E:pkg/apis/eventing/v1/broker_defaults.go` copies these, and no time-out. */
function deliveryOf(config: BrokerConfig | null): BrokerConfig {
  const delivery = config?.["delivery"];
  if (!isRecord(delivery)) return {};
  const copied = ["deadLetterSink", "retry", "backoffPolicy", "backoffDelay"];
  const given = copied.filter((field) => delivery[field] !== undefined);
  return Object.fromEntries(given.map((field) => [field, delivery[field]]));
}
