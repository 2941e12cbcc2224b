import assert from "node:assert/strict";
import type { KubeObject } from "../../../../../knative/local/cluster/kube-object.ts";
import { notHonoured } from "../../../../../knative/local/manifests/config/not-honoured.ts";
import { ManifestError } from "../../../../../knative/local/manifests/fault.ts";
import { readWiring, type Wiring } from "../../../../../knative/local/manifests/wiring.ts";
import { scaleRules } from "../../../../../knative/local/serving/scale-rules.ts";

const located = (object: KubeObject) => ({ object, file: "a.yaml", line: 1, lineOf: () => 1 });
type Data = Record<string, string>;
const config = (namespace: string, name: string, data: Data) =>
  located({ apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace }, data });
const serving = (name: string, data: Data) => config("knative-serving", name, data);
const eventing = (name: string, data: Data) => config("knative-eventing", name, data);
const service = (spec: object = {}, annotations: Data = {}) =>
  located({
    apiVersion: "serving.knative.dev/v1",
    kind: "Service",
    metadata: { name: "web", namespace: "lab" },
    spec: {
      template: {
        metadata: { annotations },
        spec: { containers: [{ image: "dev.local/a" }], ...spec },
      },
    },
  });
const broker = (spec: object = {}, annotations: Data = {}) =>
  located({
    apiVersion: "eventing.knative.dev/v1",
    kind: "Broker",
    metadata: { name: "default", namespace: "lab", annotations },
    spec,
  });
const ping = (data: string) =>
  located({
    apiVersion: "sources.knative.dev/v1",
    kind: "PingSource",
    metadata: { name: "tick", namespace: "lab" },
    spec: { schedule: "* * * * *", data, sink: { uri: "http://x.test/" } },
  });
const scaled = (name: string, value: string) => ({ [`autoscaling.knative.dev/${name}`]: value });

const podOf = ({ services }: Wiring) => services[0]?.template.spec;
const rulesOf = ({ services }: Wiring) => {
  const [one] = services;
  assert.ok(one);
  const { containerConcurrency } = one.template.spec;
  const initialScale = one.autoscaling.isInitialScaleGiven ? one.autoscaling.initialScale : 0;
  return scaleRules(one.autoscaling, containerConcurrency, {
    windowSeconds: null,
    initialScale,
    cores: 1,
  });
};
const brokerOf = ({ brokers }: Wiring) => {
  const [one] = brokers;
  assert.ok(one);
  const { flavour, fixed, delivery } = one;
  return { flavour, config: fixed.config, retry: delivery.retry, backoff: delivery.backoff };
};
const DEFAULTS = (yaml: string) => eventing("config-br-defaults", { "default-br-config": yaml });
const CLUSTER = `
clusterDefault:
  brokerClass: Kafka
  apiVersion: v1
  kind: ConfigMap
  name: kafka-broker-config
  namespace: knative-eventing
  delivery: { retry: 3, backoffPolicy: linear, backoffDelay: PT1S, timeout: PT5S }
  brokerClasses:
    MTChannelBasedBroker: { apiVersion: v1, kind: ConfigMap, name: imc, delivery: { retry: 1 } }
namespaceDefaults:
  lab:
    brokerClass: MTChannelBasedBroker
    apiVersion: v1
    kind: ConfigMap
    name: own
`;
const linear = { policy: "linear", delayMs: 1_000 };
const NONE = { retry: 0, backoff: null };

/** Manifests, what is looked at of them, and what it is; else a fault. */
const ROWS: Record<
  string,
  [objects: ReturnType<typeof located>[], of: (wiring: Wiring) => unknown, expected: unknown]
> = {
  "revision-timeout-seconds": [
    [serving("config-defaults", { "revision-timeout-seconds": "30" }), service()],
    (wiring) => podOf(wiring)?.timeoutSeconds,
    30,
  ],
  "revision-timeout-seconds, which a Service overrides": [
    [
      serving("config-defaults", { "revision-timeout-seconds": "30" }),
      service({ timeoutSeconds: 5 }),
    ],
    (wiring) => podOf(wiring)?.timeoutSeconds,
    5,
  ],
  "max-revision-timeout-seconds, and a Service within it": [
    [
      serving("config-defaults", { "max-revision-timeout-seconds": "3600" }),
      service({ timeoutSeconds: 3600 }),
    ],
    (wiring) => podOf(wiring)?.timeoutSeconds,
    3600,
  ],
  "max-revision-timeout-seconds, and a Service beyond it": [
    [
      serving("config-defaults", { "max-revision-timeout-seconds": "300" }),
      service({ timeoutSeconds: 301 }),
    ],
    podOf,
    /timeoutSeconds: .*<=300/,
  ],
  "response start and idle": [
    [
      serving("config-defaults", {
        "revision-response-start-timeout-seconds": "20",
        "revision-idle-timeout-seconds": "10",
      }),
      service(),
    ],
    (wiring) => [podOf(wiring)?.responseStartTimeoutSeconds, podOf(wiring)?.idleTimeoutSeconds],
    [20, 10],
  ],
  "container-concurrency": [
    [serving("config-defaults", { "container-concurrency": "7" }), service()],
    (wiring) => podOf(wiring)?.containerConcurrency,
    7,
  ],
  "container-concurrency-max-limit": [
    [
      serving("config-defaults", { "container-concurrency-max-limit": "5" }),
      service({ containerConcurrency: 6 }),
    ],
    podOf,
    /containerConcurrency: .*<=5/,
  ],
  "allow-container-concurrency-zero": [
    [serving("config-defaults", { "allow-container-concurrency-zero": "false" }), service()],
    podOf,
    /containerConcurrency: .*>=1/,
  ],
  "a time-out that is no number": [
    [serving("config-defaults", { "revision-timeout-seconds": "5m" })],
    podOf,
    /^a\.yaml:1: ConfigMap config-defaults: revision-timeout-seconds: "5m" is not a whole number$/,
  ],
  "a time-out beyond the longest": [
    [serving("config-defaults", { "revision-timeout-seconds": "601" })],
    podOf,
    /revision-timeout-seconds \(601\) cannot be greater than max-revision-timeout-seconds \(600\)/,
  ],
  "the same ConfigMap in another namespace": [
    [config("lab", "config-defaults", { "revision-timeout-seconds": "30" }), service()],
    (wiring) => podOf(wiring)?.timeoutSeconds,
    300,
  ],
  "the operator's config": [
    [
      located({
        apiVersion: "operator.knative.dev/v1beta1",
        kind: "KnativeServing",
        metadata: { name: "knative-serving", namespace: "knative-serving" },
        spec: { config: { defaults: { "revision-timeout-seconds": "30" } } },
      }),
      service(),
    ],
    (wiring) => podOf(wiring)?.timeoutSeconds,
    30,
  ],
  "windows, delay and retention": [
    [
      serving("config-autoscaler", {
        "stable-window": "6s",
        "panic-window-percentage": "50",
        "panic-threshold-percentage": "300",
        "scale-down-delay": "1m",
        "scale-to-zero-pod-retention-period": "5s",
      }),
      service(),
    ],
    (wiring) => {
      const { stableWindowMs, panicWindowMs, panicThreshold, scaleDownDelayMs, retentionMs } =
        rulesOf(wiring);
      return [stableWindowMs, panicWindowMs, panicThreshold, scaleDownDelayMs, retentionMs];
    },
    [6_000, 3_000, 3, 60_000, 5_000],
  ],
  targets: [
    [
      serving("config-autoscaler", {
        "container-concurrency-target-default": "10",
        "container-concurrency-target-percentage": "50",
        "target-burst-capacity": "-1",
      }),
      service(),
    ],
    (wiring) => [rulesOf(wiring).target, rulesOf(wiring).targetBurstCapacity],
    [5, -1],
  ],
  "a target that an annotation overrides": [
    [
      serving("config-autoscaler", { "container-concurrency-target-default": "10" }),
      service({}, scaled("target", "20")),
    ],
    (wiring) => rulesOf(wiring).target,
    14,
  ],
  "the target of requests, whose share is Knative's": [
    [
      serving("config-autoscaler", {
        "requests-per-second-target-default": "10",
        "container-concurrency-target-percentage": "0.5",
      }),
      service({}, scaled("metric", "rps")),
    ],
    (wiring) => rulesOf(wiring).target,
    7,
  ],
  "a target above containerConcurrency": [
    [
      serving("config-autoscaler", { "container-concurrency-target-default": "10" }),
      service({ containerConcurrency: 200 }),
    ],
    (wiring) => rulesOf(wiring).capacity,
    200,
  ],
  scales: [
    [
      serving("config-autoscaler", { "min-scale": "1", "max-scale": "3", "initial-scale": "2" }),
      service(),
    ],
    (wiring) => {
      const { minScale, maxScale, initialScale } = rulesOf(wiring);
      return [minScale, maxScale, initialScale];
    },
    [1, 3, 2],
  ],
  "scales that annotations override, with no limit too": [
    [
      serving("config-autoscaler", { "min-scale": "1", "max-scale": "3" }),
      service({}, { ...scaled("min-scale", "0"), ...scaled("max-scale", "0") }),
    ],
    ({ services }) => [services[0]?.autoscaling.minScale, services[0]?.autoscaling.maxScale],
    [0, null],
  ],
  "enable-scale-to-zero: false": [
    [serving("config-autoscaler", { "enable-scale-to-zero": "false" }), service()],
    (wiring) => rulesOf(wiring).minScale,
    1,
  ],
  "allow-zero-initial-scale": [
    [
      serving("config-autoscaler", { "allow-zero-initial-scale": "true" }),
      service({}, scaled("initial-scale", "0")),
    ],
    (wiring) => rulesOf(wiring).initialScale,
    0,
  ],
  "max-scale-limit, and a Service beyond it": [
    [
      serving("config-autoscaler", { "max-scale": "2", "max-scale-limit": "5" }),
      service({}, scaled("max-scale", "6")),
    ],
    rulesOf,
    /max-scale\]: must be from 1 to 5, the max-scale-limit of config-autoscaler/,
  ],
  "max-scale-limit without max-scale": [
    [serving("config-autoscaler", { "max-scale-limit": "5" })],
    rulesOf,
    /max-scale = 0, must be in \[1, max-scale-limit\(5\)\]/,
  ],
  "a window that is too short": [
    [serving("config-autoscaler", { "stable-window": "5s" })],
    rulesOf,
    /stable-window: must be 6s to 1h/,
  ],
  "a window without a unit": [
    [serving("config-autoscaler", { "stable-window": "60" })],
    rulesOf,
    /stable-window: "60" is not a duration such as 60s/,
  ],
  "another class of autoscaler": [
    [serving("config-autoscaler", { "pod-autoscaler-class": "hpa.autoscaling.knative.dev" })],
    rulesOf,
    /only kpa\.autoscaling\.knative\.dev is run locally/,
  ],
  "no config-br-defaults": [
    [broker()],
    brokerOf,
    {
      flavour: "mt",
      config: "ConfigMap knative-eventing config-br-default-channel",
      retry: 10,
      backoff: { policy: "exponential", delayMs: 200 },
    },
  ],
  "a default of the namespace, which says nothing of delivery": [
    [DEFAULTS(CLUSTER), broker()],
    brokerOf,
    { flavour: "mt", config: "ConfigMap lab own", ...NONE },
  ],
  "a default of the cluster": [
    [DEFAULTS(CLUSTER.replace("lab:", "other:")), broker()],
    brokerOf,
    {
      flavour: "kafka",
      config: "ConfigMap knative-eventing kafka-broker-config",
      retry: 3,
      backoff: linear,
    },
  ],
  "a default of the Broker's class": [
    [
      DEFAULTS(CLUSTER.replace("lab:", "other:")),
      broker({}, { "eventing.knative.dev/broker.class": "MTChannelBasedBroker" }),
    ],
    brokerOf,
    { flavour: "mt", config: "ConfigMap lab imc", retry: 1, backoff: null },
  ],
  "a Broker with a delivery of its own": [
    [DEFAULTS(CLUSTER), broker({ delivery: { retry: 8 } })],
    brokerOf,
    { flavour: "mt", config: "ConfigMap lab own", retry: 8, backoff: null },
  ],
  "a time-out, which is not copied": [
    [DEFAULTS(CLUSTER.replace("lab:", "other:")), broker()],
    ({ brokers }) => brokers[0]?.delivery.timeoutMs,
    null,
  ],
  "a default that is no YAML": [
    [DEFAULTS("clusterDefault: [")],
    brokerOf,
    /^a\.yaml:1: ConfigMap config-br-defaults: default-br-config: /,
  ],
  "a default of nothing": [
    [eventing("config-br-defaults", {})],
    brokerOf,
    /default-br-config: needs clusterDefault or namespaceDefaults/,
  ],
  "data-max-size, and data within it": [
    [eventing("config-ping-defaults", { "data-max-size": "4" }), ping("four")],
    ({ pingSources }) => pingSources.length,
    1,
  ],
  "data-max-size, and data beyond it": [
    [eventing("config-ping-defaults", { "data-max-size": "4" }), ping("fives")],
    ({ pingSources }) => pingSources,
    /PingSource tick: spec\.data: the data length of 5 bytes exceeds limit set at 4/,
  ],
  "a feature in capitals, as Knative takes it": [
    [
      eventing("config-features", { "delivery-retryafter": "Enabled" }),
      broker({ delivery: { retryAfterMax: "PT1S" } }),
    ],
    ({ brokers }) => brokers[0]?.delivery.retryAfterMaxMs,
    1_000,
  ],
  "a feature in no state": [
    [eventing("config-features", { "delivery-retryafter": "on" })],
    brokerOf,
    /config-features: delivery-retryafter: cannot parse the feature flag "on"/,
  ],
  "a placement that Serving allows": [
    [
      serving("config-features", { "kubernetes.podspec-nodeselector": "Allowed" }),
      service({ nodeSelector: { a: "b" } }),
    ],
    ({ services }) => services.length,
    1,
  ],
};

describe("Knative's own config among the manifests", () => {
  for (const [name, [objects, of, expected]] of Object.entries(ROWS)) {
    it(`${name}: ${expected instanceof RegExp ? "refused" : JSON.stringify(expected)}`, () => {
      if (!(expected instanceof RegExp)) {
        return assert.deepEqual(of(readWiring(objects)), expected);
      }
      assert.throws(
        () => readWiring(objects),
        (error) => error instanceof ManifestError && expected.test(error.message),
      );
    });
  }

  it("is named where one machine has no part of it", () => {
    const lines = notHonoured([
      serving("config-autoscaler", { "activator-capacity": "5", _example: "a", "max-scale": "2" }),
      serving("config-domain", { "example.com": "" }),
      serving("config-features", {
        "multi-container": "Disabled",
        "secure-pod-defaults": "enabled",
      }),
      eventing("config-features", {
        "eventtype-auto-create": "enabled",
        "delivery-timeout": "enabled",
      }),
      eventing("kafka-broker-config", { a: "", b: "", c: "", d: "", e: "", f: "", g: "" }),
      config("lab", "config-domain", { "example.com": "" }),
    ]);
    assert.deepEqual(lines, [
      "ConfigMap config-autoscaler says nothing to one machine by activator-capacity",
      "ConfigMap config-domain says nothing to one machine by example.com",
      "ConfigMap kafka-broker-config says nothing to one machine by a, b, c, d, e and 2 more",
      "ConfigMap config-features says nothing to one machine by secure-pod-defaults",
      "ConfigMap config-features says nothing to one machine by eventtype-auto-create",
    ]);
  });
});
