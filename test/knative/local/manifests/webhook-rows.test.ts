import assert from "node:assert/strict";
import { ManifestError } from "../../../../knative/local/manifests/fault.ts";
import { brokerYaml, wire } from "../broker/harness.ts";

const trigger = (spec: string, annotations = "") => `${brokerYaml()}
apiVersion: eventing.knative.dev/v1
kind: Trigger
metadata: { name: one, namespace: test, annotations: {${annotations}} }
spec: {${spec}}
`;
const TO = 'broker: default, subscriber: { uri: "http://x.test/" }';
const depends = (text: string) => trigger(TO, `knative.dev/dependency: '${text}'`);
const source = (kind: string, spec: string) => `apiVersion: sources.knative.dev/v1
kind: ${kind}
metadata: { name: one, namespace: test }
spec: { sink: { uri: "http://x.test/" }, ${spec} }
`;
const service = (pod: string, metadata = "", own = "", traffic = "[]") => `
apiVersion: serving.knative.dev/v1
kind: Service
metadata: { name: web, namespace: test, ${own} }
spec: { template: { metadata: {${metadata}}, spec: {${pod}} }, traffic: ${traffic} }
`;
const IMAGE = "containers: [{ image: a }]";
const container = (more: string) => service(`containers: [{ image: a, ${more} }]`);
const scaled = (name: string, value: string) =>
  service(IMAGE, `annotations: { autoscaling.knative.dev/${name}: "${value}" }`);
const kpa = "annotations: { autoscaling.knative.dev/class: kpa.autoscaling.knative.dev, ";
const algorithm = (value: string) =>
  service(IMAGE, `${kpa} autoscaling.knative.dev/metric-aggregation-algorithm: ${value} }`);
const emptyDir = (spec: string) =>
  service(
    `containers: [{ image: a, volumeMounts: [{ name: v, mountPath: /v }] }],
     volumes: [{ name: v, emptyDir: { ${spec} } }]`,
  );
const traffic = (entry: string) => service(IMAGE, "", "", `[{ ${entry} }]`);
const rollout = (name: string, value: string) =>
  service(IMAGE, "", `annotations: { serving.knative.dev/${name}: "${value}" }`);
const POD = "spec.template.spec.";
const SCALE = "spec.template.metadata.annotations[autoscaling.knative.dev/";
const DEPENDENCY = "metadata.annotations[knative.dev/dependency]";

const messaging = (group: string, kind: string, spec: string) => `
apiVersion: ${group}.knative.dev/v1
kind: ${kind}
metadata: { name: one, namespace: test }
spec: {${spec}}
`;
const subscribed = (spec: string) => messaging("messaging", "Subscription", spec);
const IN = "channel: { apiVersion: messaging.knative.dev/v1, kind: Channel, name: in }";
const X = '{ uri: "http://x.test/" }';

/** YAML, and the fields that Knative's webhook names; none where it takes the object. */
const ROWS: Record<string, [yaml: string, ...paths: string[]]> = {
  "a Trigger of nothing": [trigger(""), "spec.subscriber", "spec.broker"],
  "a Trigger without a subscriber": [trigger("broker: default"), "spec.subscriber"],
  "an attribute in capitals": [
    trigger(
      `${TO}, filters: [{ any: [{ exact: { type: a } }, { not: { prefix: { Type: a } } }] }]`,
    ),
    "spec.filters[0].any[1].not.prefix[Type]",
  ],
  "a dependency of nothing": [
    depends("{}"),
    ...["apiVersion", "kind", "name"].map((field) => `${DEPENDENCY}.${field}`),
  ],
  "a dependency that is no JSON": [depends("a"), DEPENDENCY],
  "a dependency in another namespace": [
    depends('{"apiVersion":"v1","kind":"A","name":"a","namespace":"b"}'),
    `${DEPENDENCY}.namespace`,
  ],
  "a dependency in the namespace that is empty": [
    depends('{"apiVersion":"v1","kind":"A","name":"a","namespace":""}'),
  ],
  "data that is empty beside data in base64": [source("PingSource", 'data: "", dataBase64: YQ==')],
  "null as JSON data": [source("PingSource", 'contentType: application/json, data: "null"')],
  "no filter of an ApiServerSource": [
    source("ApiServerSource", "resources: [{ apiVersion: v1, kind: Pod }], filters: []"),
  ],
  "a filter of an ApiServerSource": [
    source("ApiServerSource", "resources: [{ apiVersion: v1, kind: Pod }], filters: [{}]"),
    "spec.filters",
  ],
  "two fields that are not taken": [
    container("lifecycle: {}, tty: true"),
    `${POD}containers[0].tty`,
    `${POD}containers[0].lifecycle`,
  ],
  "a field behind a flag": [service(`${IMAGE}, nodeSelector: { a: b }`), `${POD}nodeSelector`],
  "a port of the host": [
    container("ports: [{ containerPort: 80, hostPort: 80 }]"),
    `${POD}containers[0].ports[0].hostPort`,
  ],
  "the port 0": [container("ports: [{ containerPort: 0 }]")],
  "no service account": [service(`${IMAGE}, serviceAccountName: ""`)],
  "a service account that is no name": [
    service(`${IMAGE}, serviceAccountName: not@name`),
    `${POD}serviceAccountName`,
  ],
  "a liveness probe of nothing": [
    container("livenessProbe: { periodSeconds: 1 }"),
    `${POD}containers[0].livenessProbe`,
  ],
  "a readiness probe of nothing": [container("readinessProbe: { periodSeconds: 1 }")],
  "limits of a probe without a period": [
    container("readinessProbe: { failureThreshold: 1, timeoutSeconds: 1 }"),
    `${POD}containers[0].readinessProbe.failureThreshold`,
    `${POD}containers[0].readinessProbe.timeoutSeconds`,
  ],
  "a probe of the port that has no name": [
    container("readinessProbe: { httpGet: { port: http } }"),
  ],
  "a mount of no volume": [
    container("volumeMounts: [{ name: v, mountPath: /v }]"),
    `${POD}containers[0].volumeMounts[0].name`,
  ],
  "a volume of a size": [emptyDir("sizeLimit: 400000")],
  "a volume of less than nothing": [
    emptyDir("sizeLimit: -1Mi"),
    `${POD}volumes[0].emptyDir.sizeLimit`,
  ],
  "no time-out": [service(`${IMAGE}, timeoutSeconds: 0`)],
  "a balancing policy": [
    service(`${IMAGE}, loadBalancingPolicy: random`),
    `${POD}loadBalancingPolicy`,
  ],
  "a name of nothing": [service(IMAGE, 'name: ""')],
  "a prefix of names": [service(IMAGE, "generateName: web-")],
  "a prefix of names with dots": [
    service(IMAGE, "generateName: web.a-"),
    "spec.template.metadata.generateName",
  ],
  "a scale that is no int": [scaled("min-scale", "5.0"), `${SCALE}min-scale]`],
  "a scale beyond an int32": [scaled("max-scale", "2147483648"), `${SCALE}max-scale]`],
  "a target in powers of ten": [scaled("target", "1e2")],
  "a delay of part of a second": [scaled("scale-down-delay", "5.4s"), `${SCALE}scale-down-delay]`],
  "a time in microseconds": [scaled("scale-to-zero-pod-retention-period", "1500us")],
  "a time before now": [scaled("window", "-60s"), `${SCALE}window]`],
  "an unknown way to count": [algorithm("foo"), `${SCALE}metric-aggregation-algorithm]`],
  "a known way to count": [algorithm("linear")],
  "an unknown visibility": [
    service(IMAGE, "", "labels: { networking.knative.dev/visibility: bad }"),
    "metadata.labels[networking.knative.dev/visibility]",
  ],
  "a roll-out of nothing": [rollout("rollout-duration", "")],
  "a roll-out in the past": [
    rollout("rolloutDuration", "-5s"),
    "metadata.annotations[serving.knative.dev/rolloutDuration]",
  ],
  "a Channel of nothing": [messaging("messaging", "Channel", "")],
  "a Channel of Kafka's": [
    messaging(
      "messaging",
      "Channel",
      "channelTemplate: { apiVersion: messaging.knative.dev/v1beta1, kind: KafkaChannel }",
    ),
    "spec.channelTemplate.apiVersion",
    "spec.channelTemplate.kind",
  ],
  "a Subscription of nothing": [subscribed(""), "spec.channel", "spec.subscriber"],
  "a Subscription without subscriber and reply": [subscribed(IN), "spec.subscriber"],
  "a Subscription with a reply alone": [subscribed(`${IN}, reply: ${X}`)],
  "a Subscription to a channel in another namespace": [
    subscribed(`${IN.replace("name: in", "name: in, namespace: b")}, subscriber: ${X}`),
    "spec.channel.namespace",
  ],
  "a Sequence of nothing": [messaging("flows", "Sequence", "steps: []"), "spec.steps"],
  "a step that leads nowhere, and one with a field that is none": [
    messaging("flows", "Sequence", `steps: [{}, { uri: "http://x.test/", retry: 1 }]`),
    "spec.steps[0]",
    "spec.steps[1].retry",
  ],
  "a step with a delivery": [
    messaging("flows", "Sequence", `steps: [{ uri: "http://x.test/", delivery: { retry: 1 } }]`),
  ],
  "a Parallel of nothing": [messaging("flows", "Parallel", ""), "spec.branches"],
  "a branch without a subscriber": [
    messaging("flows", "Parallel", `branches: [{ filter: ${X} }]`),
    "spec.branches[0].subscriber",
  ],
  "all traffic": [traffic("percent: 100")],
  "traffic by url": [traffic("percent: 100, url: 'http://x.test'"), "spec.traffic[0].url"],
  "a tag": [traffic("percent: 100, tag: a")],
  "a tag that is no name": [traffic("percent: 100, tag: A_b"), "spec.traffic[0].tag"],
  "a tag twice": [traffic("percent: 50, tag: a }, { percent: 50, tag: a"), "spec.traffic[1].tag"],
  "half of the traffic": [traffic("percent: 50"), "spec.traffic"],
  "traffic to the revision of the template": [
    service(IMAGE, "name: web-v2", "", "[{ revisionName: web-v2, percent: 100 }]"),
  ],
  "traffic to another revision": [
    traffic("revisionName: web-v1, percent: 10 }, { percent: 90"),
    "spec.traffic[0].revisionName",
  ],
  "a tag of another revision": [
    traffic("revisionName: web-v1, percent: 0, tag: old }, { percent: 100"),
    "spec.traffic[0].revisionName",
  ],
  "no traffic to another revision": [traffic("revisionName: web-v1, percent: 0 }, { percent: 100")],
  "the latest revision by name": [
    traffic("revisionName: web-v1, latestRevision: true, percent: 0 }, { percent: 100"),
    "spec.traffic[0].latestRevision",
  ],
  "not the latest revision": [
    traffic("latestRevision: false, percent: 100"),
    "spec.traffic[0].latestRevision",
  ],
};

describe("the fields that a fault names", () => {
  for (const [name, [yaml, ...paths]] of Object.entries(ROWS)) {
    it(`${name}: ${paths.join(", ") || "none"}`, async () => {
      const found: string[] = [];
      await wire(yaml).catch((error: unknown) => {
        assert.ok(error instanceof ManifestError, String(error));
        found.push(...error.faults.map(({ message }) => message));
      });
      const named = found.map((message) => /^\S+ \S+: (\S+): /.exec(message)?.[1] ?? message);
      assert.deepEqual(named.toSorted(byText), paths.toSorted(byText), found.join("\n"));
    });
  }
});

const byText = (a: string, b: string): number => (a < b ? -1 : 1);
