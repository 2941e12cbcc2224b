import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type Fault, ManifestError } from "../../../../knative/local/manifests/fault.ts";
import { loadManifests } from "../../../../knative/local/manifests/load.ts";
import { readWiring } from "../../../../knative/local/manifests/wiring.ts";

const BROKER = `apiVersion: eventing.knative.dev/v1
kind: Broker
metadata: { name: default, namespace: test }
`;
const trigger = (spec: string) => `apiVersion: eventing.knative.dev/v1
kind: Trigger
metadata: { name: one, namespace: test }
spec:
  broker: default
  subscriber: { uri: "http://x.test/" }
${spec}`;
const service = (spec: string, annotations = "") => `apiVersion: serving.knative.dev/v1
kind: Service
metadata: { name: web, namespace: test }
spec:
  template:
    metadata: { annotations: {${annotations}} }
    spec:
${spec}`;
const ping = (spec: string) => `apiVersion: sources.knative.dev/v1
kind: PingSource
metadata: { name: tick, namespace: test }
spec:
  sink: { uri: "http://x.test/" }
${spec}`;
const annotated = (annotation: string) =>
  trigger("").replace("namespace: test }", `namespace: test, annotations: { ${annotation} } }`);
const mounted = (...paths: string[]) =>
  `      containers: [{ image: a, volumeMounts: [${paths.map((path) => `{ name: v, mountPath: ${path} }`).join(", ")}] }]
      volumes: [{ name: v, emptyDir: {} }]`;
const watch = (apiVersion: string, kind: string) => `apiVersion: sources.knative.dev/v1
kind: ApiServerSource
metadata: { name: watch, namespace: test }
spec: { resources: [{ apiVersion: ${apiVersion}, kind: ${kind} }], sink: { uri: "http://x.test/" } }
`;
const CONTAINER = "      containers: [{ image: a }]";

describe("manifests", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "vigie-manifests-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const write = (files: Readonly<Record<string, string>>) => {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(join(folder, name, ".."), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
  };
  const read = async (...paths: string[]) =>
    readWiring(await loadManifests(paths.length === 0 ? [folder] : paths));
  const faults = async (): Promise<readonly Fault[]> => {
    try {
      await read();
    } catch (error) {
      assert.ok(error instanceof ManifestError);
      return error.faults;
    }
    return [];
  };

  it("of this project are read without a fault", async () => {
    const wiring = await read(resolve(import.meta.dirname, "../../../../knative/base"));
    assert.equal(wiring.brokers[0]?.delivery.retry, 10);
    assert.ok(wiring.triggers.length >= 7 && wiring.services.length >= 7);
    const policy = wiring.configMaps.find(({ name }) => name === "policy");
    assert.ok((policy?.entries.get("policy.yaml")?.length ?? 0) > 0);
    assert.ok(wiring.others.some(({ object }) => object.kind === "ServiceAccount"));
    assert.ok(wiring.triggers.every(({ namespace }) => namespace === "vigie"));
  });

  it("are read from .json too, where it is of Kubernetes", async () => {
    write({
      "a.yaml": BROKER.replaceAll("\n", "\r\n"),
      "package.json": '{ "name": "web", "scripts": {} }',
      "t.json": JSON.stringify({
        apiVersion: "eventing.knative.dev/v1",
        kind: "Trigger",
        metadata: { name: "one", namespace: "test" },
        spec: { broker: "default", subscriber: { uri: "http://x.test/" } },
      }),
    });
    const { brokers, triggers } = await read();
    assert.deepEqual([brokers.length, triggers[0]?.name], [1, "one"]);
    write({ "u.json": '{ "apiVersion": "v1", "kind": ' });
    assert.match((await faults())[0]?.file ?? "", /u\.json$/);
  });

  it("tell every fault of every file at once, with its line", async () => {
    write({
      "a.yaml": `${BROKER}spec: { delivery: { backoffDelay: 200ms, retry: -1 } }\n`,
      "b.yaml": trigger("  filterz: []\n  filters:\n    - exact: { BadName: x }\n"),
      "c.yaml": "apiVersion: v1\nkind: [\n",
      "d.yaml": "kind: Broker\n---\n---\nhello\n",
    });
    await assert.rejects(read(), ManifestError);
    const loading = await faults();
    assert.ok(loading.some(({ file }) => file.endsWith("c.yaml")));
    assert.ok(loading.some(({ message }) => message === "needs apiVersion"));
    assert.ok(loading.some(({ line, message }) => line === 4 && message === "is not a mapping"));
    for (const name of ["c.yaml", "d.yaml"]) rmSync(join(folder, name));
    const found = (await faults()).map(
      ({ file, line, message }) => `${file.slice(-6)}:${line} ${message}`,
    );
    assert.ok(
      found.some((text) => /a.yaml:4 .*retry/.test(text)),
      found.join("\n"),
    );
    assert.ok(found.some((text) => /a.yaml:4 .*backoffDelay.*ISO-8601/.test(text)));
    assert.ok(found.some((text) => /b.yaml:7 .*filterz/.test(text)));
    assert.ok(found.some((text) => /b.yaml:9 .*lower-case/.test(text)));
  });

  const refused: [string, string, RegExp][] = [
    [
      "CESQL that does not parse",
      trigger("  filters:\n    - exact: { type: a }\n    - not: { cesql: type == 'a' }"),
      /is not CESQL: == is written = \(line 1, column 7\)/,
    ],
    [
      "a CESQL function that needs a RequestReply",
      trigger("  filters: [{ cesql: \"NOT kn_verify_correlation_id('a', 'b')\" }]"),
      /KN_VERIFY_CORRELATION_ID needs a RequestReply, which is not run locally/,
    ],
    [
      "two dialects",
      trigger("  filters: [{ exact: {type: a}, prefix: {type: b} }]"),
      /more than one/,
    ],
    ["a misspelt dialect", trigger("  filters: [{ and: [] }]"), /filters\[0\]\.and: is an unknown/],
    [
      "a nested fault",
      trigger("  filters: [{ all: [{ not: { exact: { A: b } } }] }]"),
      /lower-case/,
    ],
    ["no subscriber", trigger("").replace(/ {2}subscriber.*\n/, ""), /subscriber/],
    ["a relative uri alone", trigger("").replace("http://x.test/", "/x"), /absolute/],
    ["both broker and brokerRef", trigger("  brokerRef: { name: default }"), /exactly one/],
    ["retryAfterMax", trigger("  delivery: { retryAfterMax: PT1S }"), /delivery-retryafter/],
    ["a timeout of nothing", trigger("  delivery: { timeout: PT0.05S }"), /more than 0/],
    [
      "IntegrationSource",
      BROKER.replace("eventing.knative.dev/v1", "sources.knative.dev/v1")
        .replace("Broker", "IntegrationSource")
        .replace("default", "x"),
      /IntegrationSource .* not run locally yet/,
    ],
    ["nodeSelector", service(`${CONTAINER}\n      nodeSelector: { a: b }`), /podspec-nodeselector/],
    [
      "restartPolicy",
      service(`${CONTAINER}\n      restartPolicy: Always`),
      /spec\.restartPolicy: is not allowed/,
    ],
    [
      "a reserved env",
      service("      containers: [{ image: a, env: [{ name: PORT, value: '1' }] }]"),
      /set by Knative/,
    ],
    [
      "fieldRef",
      service("      containers: [{ image: a, env: [{ name: A, valueFrom: { fieldRef: {} } }] }]"),
      /podspec-fieldref/,
    ],
    [
      "two containers",
      service("      containers: [{ image: a }, { image: b }]"),
      /more than one container/,
    ],
    [
      "lifecycle",
      service("      containers: [{ image: a, lifecycle: {} }]"),
      /containers\[0\]\.lifecycle: is not allowed/,
    ],
    [
      "a volume that is not mounted",
      service(`${CONTAINER}\n      volumes: [{ name: v, emptyDir: {} }]`),
      /not mounted/,
    ],
    [
      "hostPath",
      service(`${CONTAINER}\n      volumes: [{ name: v, hostPath: {} }]`),
      /volumes-hostpath/,
    ],
    [
      "a window that is too short",
      service(CONTAINER, "autoscaling.knative.dev/window: 5s"),
      /from 6 to 3600/,
    ],
    [
      "a target-burst-capacity between -1 and 0",
      service(CONTAINER, "autoscaling.knative.dev/target-burst-capacity: '-0.5'"),
      /must be -1, or at least 0/,
    ],
    [
      "an initial-scale of zero",
      service(CONTAINER, "autoscaling.knative.dev/initial-scale: '0'"),
      /initial-scale\]: must be .*1/,
    ],
    [
      "max-scale below min-scale",
      service(
        CONTAINER,
        "autoscaling.knative.dev/min-scale: '3', autoscaling.knative.dev/max-scale: '2'",
      ),
      /less than min-scale/,
    ],
    [
      "timeoutSeconds over 600",
      service(`${CONTAINER}\n      timeoutSeconds: 601`),
      /timeoutSeconds/,
    ],
    [
      "an exec probe",
      service(`      containers: [{ image: a, livenessProbe: { exec: { command: [x] } } }]`),
      /livenessProbe\.exec: an exec probe is not run locally/,
    ],
    ["@every", ping('  schedule: "@every 1s"'), /@every/],
    [
      "data that is no JSON object",
      ping('  contentType: application/json\n  data: "[1]"'),
      /JSON object/,
    ],
    ["both kinds of data", ping('  data: "a"\n  dataBase64: "YQ=="'), /must not come with data/],
    ["an unknown time zone", ping("  timezone: Mars/Base"), /time zone/],
    ["the same object twice", BROKER, /is also in/],
    [
      "a dependency that is no reference",
      annotated("knative.dev/dependency: PingSource"),
      /dependency\]: must be JSON with apiVersion/,
    ],
    [
      "a dependency of another namespace",
      annotated(
        'knative.dev/dependency: \'{"apiVersion":"v1","kind":"A","name":"a","namespace":"b"}\'',
      ),
      /dependency\]\.namespace: must be that of the Trigger, test/,
    ],
    [
      "an injection that is neither",
      annotated("eventing.knative.dev/injection: 'on'"),
      /enabled or disabled/,
    ],
    [
      "an injection of another Broker",
      annotated("eventing.knative.dev/injection: enabled").replace(
        "broker: default",
        "broker: other",
      ),
      /for the Broker default only/,
    ],
    [
      "an unknown broker class",
      BROKER.replace(
        "default,",
        "other, annotations: { eventing.knative.dev/broker.class: Nats },",
      ),
      /only MTChannelBasedBroker and Kafka/,
    ],
    [
      "a broker config without a name",
      `${BROKER.replace("default", "other")}spec: { config: { apiVersion: v1, kind: ConfigMap } }\n`,
      /spec\.config\.name/,
    ],
    ["a sink with nothing", trigger("  delivery: { deadLetterSink: {} }"), /needs a ref or a uri/],
    ["a negative retry", trigger("  delivery: { retry: -1 }"), /delivery\.retry/],
    ["an unknown back-off", trigger("  delivery: { backoffPolicy: random }"), /backoffPolicy/],
    ["an unknown format", trigger("  delivery: { format: avro }"), /delivery\.format/],
    [
      "an attribute in capitals",
      trigger("  filters: [{ any: [{ not: { prefix: { Type: a } } }] }]"),
      /lower-case letters and digits/,
    ],
    [
      "an attribute that begins with a digit",
      trigger("  filter: { attributes: { 1st: a } }"),
      /a letter first/,
    ],
    [
      "an image that is none",
      service("      containers: [{ image: 'Shop/Web:1' }]"),
      /not the name of an image/,
    ],
    [
      "a revision of another Service",
      service(CONTAINER).replace("metadata: { ann", "metadata: { name: other-1, ann"),
      /begin with web-/,
    ],
    [
      "half a second of roll-out",
      service(CONTAINER).replace(
        "namespace: test }",
        "namespace: test, annotations: { serving.knative.dev/rollout-duration: 1500ms } }",
      ),
      /whole seconds/,
    ],
    [
      "a share of the queue-proxy above all",
      service(CONTAINER, "queue.sidecar.serving.knative.dev/resource-percentage: '101'"),
      /from 0\.1 to 100/,
    ],
    [
      "autoscaling at the Service",
      service(CONTAINER).replace(
        "namespace: test }",
        "namespace: test, annotations: { autoscaling.knative.dev/min-scale: '1' } }",
      ),
      /belongs into spec\.template/,
    ],
    [
      "two volumes of a name",
      service(mounted("/a", "/b").replace("volumes: [", "volumes: [{ name: v, emptyDir: {} }, ")),
      /there is another volume v/,
    ],
    ["two mounts of a path", service(mounted("/a", "/a/")), /something else is mounted at \/a/],
    ["a reserved path with a slash", service(mounted("/dev/")), /reserved mount path/],
    [
      "a medium that is none",
      service(mounted("/a").replace("emptyDir: {}", "emptyDir: { medium: Disk }")),
      /must be Memory/,
    ],
    [
      "a probe of a port that is none",
      service("      containers: [{ image: a, readinessProbe: { httpGet: { port: web } } }]"),
      /no port called web/,
    ],
    [
      "a user beyond all",
      service("      containers: [{ image: a, securityContext: { runAsUser: -1 } }]"),
      /runAsUser/,
    ],
    [
      "SELinux options",
      service("      containers: [{ image: a, securityContext: { seLinuxOptions: {} } }]"),
      /seLinuxOptions/,
    ],
    [
      "claims of resources",
      service("      containers: [{ image: a, resources: { claims: [] } }]"),
      /claims/,
    ],
    ["a version that is none", watch("a/b/c", "Pod"), /a group and a version/],
    ["a kind of nothing", watch("v1", "' '"), /kind/],
  ];
  for (const [name, yaml, message] of refused) {
    it(`refuse ${name}`, async () => {
      write({ "broker.yaml": BROKER, "other.yaml": yaml });
      const found = await faults();
      assert.ok(
        found.some((fault) => message.test(fault.message)),
        JSON.stringify(found),
      );
    });
  }

  it("take what Knative takes", async () => {
    write({
      "broker.yaml": BROKER,
      "trigger.yaml": trigger(
        "  filters: []\n  filter: { attributes: { type: '' } }\n  delivery:\n",
      ),
      "service.yaml": service(
        `      containers:
        - image: a
          env: [{ name: A, valueFrom: { secretKeyRef: { name: s, key: k } } }]
          volumeMounts: [{ name: v, mountPath: /etc/v }]
      volumes: [{ name: v, configMap: { name: c } }]`,
        "autoscaling.knative.dev/minScale: '1', autoscaling.knative.dev/window: 1m30s",
      ),
      "secret.yaml":
        "apiVersion: v1\nkind: Secret\nmetadata: { name: s, namespace: test }\ndata: { k: aGk= }\nstringData: { __proto__: x }\n",
    });
    const { services, secrets, triggers } = await read();
    assert.deepEqual(triggers[0]?.attributes, { type: "" });
    assert.equal(services[0]?.autoscaling.minScale, 1);
    assert.equal(services[0]?.autoscaling.windowSeconds, 90);
    assert.equal(services[0]?.template.spec.timeoutSeconds, 300);
    assert.equal(secrets[0]?.entries.get("k")?.toString(), "hi");
  });

  it("are read through a kustomization: order, nesting, namespace, labels", async () => {
    write({
      "kustomization.yaml":
        "kind: Kustomization\nnamespace: other\nresources: [inner, broker.yaml]\nlabels: [{ pairs: { a: b } }]\n",
      "broker.yaml": BROKER,
      "ignored.yaml": "not: an object\n",
      "inner/kustomization.yaml": "resources: [map.yaml]\n",
      "inner/map.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: m }\ndata: { k: v }\n",
    });
    const { brokers, configMaps } = await read();
    assert.deepEqual([brokers[0]?.namespace, configMaps[0]?.namespace], ["other", "other"]);
    assert.deepEqual(brokers[0]?.labels, { a: "b" });
  });

  it("refuse what a kustomization asks for and is not built, and what is missing", async () => {
    write({
      "kustomization.yaml":
        "kind: Kustomization\nresources:\n  - https://x.test/a.yaml\n  - none.yaml\nconfigMapGenerator: []\npatches: []\n",
    });
    const found = await faults();
    assert.ok(
      found.some(({ message }) => message.includes("configMapGenerator is not run locally yet")),
    );
    assert.ok(found.some(({ message, line }) => message.includes("remote") && line === 3));
    write({ "kustomization.yaml": "resources:\n  - none.yaml\n" });
    assert.deepEqual(
      (await faults()).map(({ line, message }) => [line, message]),
      [[2, "none.yaml: there is no such file or folder"]],
    );
  });

  it("that are not there are named", async () => {
    await assert.rejects(read(join(folder, "none")), /none:1: there is no such file or folder/);
  });
});
