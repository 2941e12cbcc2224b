import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { checkManifests } from "../../../../knative/local/lint/lint.ts";
import type { Warning } from "../../../../knative/local/lint/warning.ts";
import { withCompileCache } from "../../../compile-cache.ts";

const root = resolve(import.meta.dirname, "../../../..");
const SAFE =
  'retry: 2, backoffPolicy: exponential, backoffDelay: PT0.2S, deadLetterSink: { uri: "http://dls.test/" }';
const KAFKA = "eventing.knative.dev/broker.class: Kafka";

const object = (apiVersion: string, kind: string, name: string, spec: string, annotations = "") =>
  `apiVersion: ${apiVersion}
kind: ${kind}
metadata: { name: ${name}, namespace: test, annotations: {${annotations}} }
spec: ${spec}
---
`;
const broker = (delivery: string | null = SAFE, annotations = "") =>
  object(
    "eventing.knative.dev/v1",
    "Broker",
    "default",
    delivery === null ? "{}" : `{ delivery: {${delivery}} }`,
    annotations,
  );
const trigger = (more: string, annotations = "", name = "one") =>
  object(
    "eventing.knative.dev/v1",
    "Trigger",
    name,
    `{ broker: default, ${/subscriber:/.test(more) ? "" : 'subscriber: { uri: "http://x.test/" },'} ${more} }`,
    annotations,
  );
const filters = (list: string) => broker() + trigger(`filters: ${list}`);
const ping = (spec: string) =>
  object(
    "sources.knative.dev/v1",
    "PingSource",
    "tick",
    `{ sink: { uri: "http://x.test/" }, ${spec} }`,
  );
const service = (image: string, more = "", env = "") =>
  object(
    "serving.knative.dev/v1",
    "Service",
    "web",
    `{ template: { spec: { ${more} containers: [{ image: "${image}", env: [${env}] }] } } }`,
  );
const scaled = (annotation: string) =>
  object(
    "serving.knative.dev/v1",
    "Service",
    "web",
    `{ template: { metadata: { annotations: { autoscaling.knative.dev/${annotation} } }, spec: { containers: [{ image: dev.local/a }] } } }`,
  );
const binding = (name: string, more = "") =>
  object(
    "sources.knative.dev/v1",
    "SinkBinding",
    "bind",
    `{ subject: { apiVersion: serving.knative.dev/v1, kind: Service, name: ${name} }, sink: { uri: "http://x.test/" } ${more} }`,
  );
const watch = (mode: string, kind: string) =>
  object(
    "sources.knative.dev/v1",
    "ApiServerSource",
    "watch",
    `{ mode: ${mode}, resources: [{ apiVersion: v1, kind: ${kind} }], sink: { uri: "http://x.test/" } }`,
  );
const jobBinding = object(
  "sources.knative.dev/v1",
  "SinkBinding",
  "bind",
  '{ subject: { apiVersion: batch/v1, kind: Job, name: once }, sink: { uri: "http://x.test/" } }',
);
const OWN = "{ ref: { apiVersion: eventing.knative.dev/v1, kind: Broker, name: default } }";
const EXACT = "filters: [{ exact: { type: a } }]";

/** Manifests, and the rules that speak up, in the order of their lines. */
const ROWS: [string, string, string[]][] = [
  ["a careful broker and trigger", broker() + trigger(EXACT), []],
  ["a broker without triggers", broker(null), []],
  [
    "a broker that has Knative's defaults and no sink",
    broker(null) + trigger(EXACT),
    ["no-dead-letter-sink"],
  ],
  ["a sink of the trigger instead", broker(null) + trigger(`${EXACT}, delivery: {${SAFE}}`), []],
  [
    "a broker with a sink alone",
    broker('deadLetterSink: { uri: "http://dls.test/" }'),
    ["broker-without-retry"],
  ],
  ["a policy without delay", broker("retry: 2, backoffPolicy: linear"), ["half-backoff"]],
  ["a delay without policy", broker("retry: 2, backoffDelay: PT1S"), ["half-backoff"]],
  ["retries without back-off", broker("retry: 2"), ["no-backoff"]],
  ["no retries need no back-off", broker("retry: 0"), []],
  [
    "linear begins at once",
    broker("retry: 2, backoffPolicy: linear, backoffDelay: PT1S"),
    ["linear-first-retry"],
  ],
  [
    "linear of Kafka does not",
    broker("retry: 2, backoffPolicy: linear, backoffDelay: PT1S", KAFKA),
    [],
  ],
  [
    "a delay of two decimals",
    broker("retry: 1, backoffPolicy: exponential, backoffDelay: PT0.25S"),
    ["cut-duration"],
  ],
  [
    "a delay below a tenth",
    broker("retry: 1, backoffPolicy: exponential, backoffDelay: PT0.05S"),
    ["cut-duration"],
  ],
  ["zeros are not cut", broker("retry: 1, backoffPolicy: exponential, backoffDelay: PT0.50S"), []],
  ["a time-out of two decimals", broker("retry: 0, timeout: PT1.55S"), ["cut-duration"]],
  [
    "retries beyond 15 min",
    broker("retry: 20, backoffPolicy: exponential, backoffDelay: PT1S"),
    ["beyond-fanout"],
  ],
  [
    "a trigger with a sink alone",
    broker() + trigger(`${EXACT}, delivery: { deadLetterSink: { uri: "http://d.test/" } }`),
    ["trigger-without-retry"],
  ],
  [
    "a trigger with a time-out alone",
    broker() + trigger(`${EXACT}, delivery: { timeout: PT5S }`),
    ["trigger-without-retry"],
  ],
  ["[{}]", filters("[{}]"), ["open-filter"]],
  ['exact with ""', filters('[{ exact: { type: "" } }]'), ["open-filter"]],
  ['prefix with one ""', filters('[{ prefix: { type: a, source: "" } }]'), ["open-filter"]],
  ['suffix with ""', filters('[{ suffix: { type: "" } }]'), ["open-filter"]],
  [
    'any with one ""',
    filters('[{ any: [{ exact: { type: a } }, { exact: { type: "" } }] }]'),
    ["open-filter"],
  ],
  ["an empty exact", filters("[{ exact: {} }]"), ["open-filter"]],
  ["an empty all", filters("[{ all: [] }]"), ["open-filter"]],
  ["an empty any", filters("[{ any: [] }]"), ["open-filter"]],
  ["not of nothing", filters("[{ not: {} }]"), ["open-filter"]],
  ["an empty cesql", filters('[{ cesql: "" }]'), ["open-filter"]],
  [
    "an empty one below any and all",
    filters("[{ any: [{ exact: { type: a } }, { all: [{}] }] }]"),
    ["open-filter"],
  ],
  [
    "each one that is open",
    filters("[{}, { any: [{}, {}] }]"),
    ["open-filter", "open-filter", "open-filter"],
  ],
  [
    '"" in the legacy filter means any value',
    broker() + trigger('filter: { attributes: { type: "" } }'),
    [],
  ],
  ["a filter on data", filters("[{ exact: { data: a } }]"), ["invisible-attribute"]],
  [
    "a legacy filter on the TTL",
    broker() + trigger("filter: { attributes: { knativebrokerttl: '1' } }"),
    ["invisible-attribute"],
  ],
  [
    "filter beside filters",
    broker() + trigger(`${EXACT}, filter: { attributes: { type: b } }`),
    ["ignored-filter"],
  ],
  ["two triggers alike", broker() + trigger(EXACT) + trigger(EXACT, "", "two"), ["twin-trigger"]],
  [
    "two triggers alike, keys in another order",
    broker() +
      trigger("filters: [{ exact: { type: a, id: b } }]") +
      trigger("filters: [{ exact: { id: b, type: a } }]", "", "two"),
    ["twin-trigger"],
  ],
  [
    "two triggers that differ",
    broker() + trigger(EXACT) + trigger("filters: [{ exact: { type: b } }]", "", "two"),
    [],
  ],
  ["a trigger into its own broker", broker() + trigger(`${EXACT}, subscriber: ${OWN}`), ["loop"]],
  [
    "dead letters into their own broker",
    broker() + trigger(`${EXACT}, delivery: { retry: 0, deadLetterSink: ${OWN} }`),
    ["dead-letter-loop"],
  ],
  [
    "an order that MT ignores",
    broker() + trigger(EXACT, "kafka.eventing.knative.dev/delivery.order: ordered"),
    ["ignored-order"],
  ],
  [
    "an order that Kafka keeps",
    broker(SAFE, KAFKA) + trigger(EXACT, "kafka.eventing.knative.dev/delivery.order: ordered"),
    [],
  ],
  [
    "timeoutSeconds below the drain",
    service("dev.local/a", "timeoutSeconds: 29,"),
    ["short-timeout"],
  ],
  [
    "limits that come after the end",
    service("dev.local/a", "responseStartTimeoutSeconds: 300, idleTimeoutSeconds: 400,"),
    ["late-limit", "late-limit"],
  ],
  [
    "limits within it",
    service("dev.local/a", "responseStartTimeoutSeconds: 30, idleTimeoutSeconds: 0,"),
    [],
  ],
  [
    "CESQL without parentheses",
    filters("[{ cesql: \"type = 'a' AND id = 'b' OR id = 'c'\" }]"),
    ["cesql-mixed-logic"],
  ],
  ["CESQL with them", filters("[{ cesql: \"(type = 'a' AND id = 'b') OR id = 'c'\" }]"), []],
  [
    "a NOT that binds tighter than meant",
    filters("[{ cesql: \"NOT type = 'a'\" }]"),
    ["cesql-not-first"],
  ],
  [
    "CESQL that no event without the attribute passes",
    filters("[{ not: { cesql: \"region != 'a'\" } }]"),
    ["cesql-unguarded"],
  ],
  [
    "CESQL that is no Boolean",
    filters('[{ any: [{ cesql: "LENGTH(type)" }] }]'),
    ["cesql-not-boolean"],
  ],
  [
    "CESQL with a function that is none",
    filters("[{ cesql: \"STARTS_WITH(type, 'a')\" }]"),
    ["cesql-unknown-function"],
  ],
  ["CESQL on data", filters("[{ cesql: \"data = 'a'\" }]"), ["cesql-data-attribute"]],
  ["a value that is not ASCII", filters('[{ exact: { subject: "café" } }]'), ["non-ascii"]],
  [
    "an override that is not ASCII",
    binding("nobody", ", ceOverrides: { extensions: { team: é } }"),
    ["unbound-subject", "non-ascii"],
  ],
  ["Secrets as events", watch("Resource", "Secret"), ["secrets-in-events"]],
  ["names of Secrets as events", watch("Reference", "Secret"), []],
  ["a SinkBinding of a Job", jobBinding, ["late-binding"]],
  ["timeoutSeconds as long as the drain", service("dev.local/a", "timeoutSeconds: 30,"), []],
  ["an image without registry", service("shop/web:1.2"), ["resolved-image"]],
  ["an image of one word", service("web"), ["resolved-image"]],
  ["an image of localhost", service("localhost:5000/web:1.2"), ["resolved-image"]],
  ["an image without tag", service("ghcr.io/shop/web"), ["floating-image"]],
  ["an image with latest", service("ghcr.io/shop/web:latest"), ["floating-image"]],
  ["an image with a tag", service("ghcr.io/shop/web:1.2"), []],
  ["an image with a digest", service(`web@sha256:${"0".repeat(64)}`), []],
  ["an image that is not resolved", service("ko.local/web:latest"), []],
  [
    "K_SINK beside a SinkBinding",
    service("dev.local/a", "", "{ name: K_SINK, value: x }") + binding("web"),
    ["replaced-sink"],
  ],
  ["an autoscaling annotation that is mistyped", scaled('min-scal: "1"'), ["unknown-autoscaling"]],
  ["one that there is not", scaled('replicas: "1"'), ["unknown-autoscaling"]],
  ["one of each spelling", scaled('min-scale: "1", autoscaling.knative.dev/maxScale: "1"'), []],
  ["K_SINK without one", service("dev.local/a", "", "{ name: K_SINK, value: x }"), []],
  ["a SinkBinding of nothing", binding("nobody"), ["unbound-subject"]],
  [
    "an override of a core attribute",
    binding("nobody", ", ceOverrides: { extensions: { Type: a, team: b } }"),
    ["unbound-subject", "core-override"],
  ],
  ["a tick a second", ping('schedule: "* * * * * *"'), ["fast-ticks"]],
  ["a tick every three seconds", ping('schedule: "*/3 * * * * *"'), ["fast-ticks"]],
  ["a tick every five seconds", ping('schedule: "*/5 * * * * *"'), []],
  ["hours without a zone", ping('schedule: "0 8 * * *"'), ["local-time-zone"]],
  ["hours with a zone", ping('schedule: "0 8 * * *", timezone: Europe/Paris'), []],
  ["data without its type", ping('data: "{}"'), ["no-content-type"]],
  ["a type without data", ping("contentType: text/plain"), ["unsent-content-type"]],
];

describe("lint of manifests", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "vigie-lint-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const warningsOf = async (
    yaml: string,
    mode: "sync" | "stored" = "stored",
  ): Promise<Warning[]> => {
    writeFileSync(join(folder, "a.yaml"), yaml);
    const { faults, warnings } = await checkManifests([folder], mode);
    assert.deepEqual(faults, []);
    return warnings;
  };
  const run = (...args: string[]) => {
    const main = join(root, "knative/local/lint/main.ts");
    const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
      encoding: "utf8",
      env: { ...process.env, ...withCompileCache },
    });
    return { status, stdout, stderr };
  };

  for (const [title, yaml, rules] of ROWS) {
    it(`${title}: ${rules.length === 0 ? "says nothing" : rules.join(", ")}`, async () => {
      const found = await warningsOf(yaml);
      assert.deepEqual(found.map(({ rule }) => rule).sort(), rules.toSorted());
    });
  }

  it("names the line of the field and what would happen", async () => {
    const [warning] = await warningsOf(`apiVersion: eventing.knative.dev/v1
kind: Broker
metadata: { name: default, namespace: test }
spec:
  delivery:
    retry: 1
    backoffPolicy: exponential
    backoffDelay: PT0.05S
`);
    assert.equal(warning?.line, 8);
    assert.match(warning.message, /^Broker default: backoffDelay PT0.05S .* read as 0 s$/);
  });

  it("names five of many triggers, and how many more", async () => {
    const many = Array.from({ length: 12 }, (_, index) =>
      trigger(`filters: [{ exact: { type: a${index} } }]`, "", `t${index}`),
    );
    const [warning] = await warningsOf(broker(null) + many.join(""));
    assert.match(warning?.message ?? "", /no dead-letter sink for t0, t1, t2, t3, t4 and 7 more:/);
  });

  it("warns of amplification only in sync mode, and only without a sink", async () => {
    const open = broker("retry: 10, backoffPolicy: exponential, backoffDelay: PT0.2S");
    const two = trigger(EXACT) + trigger("filters: [{ exact: { type: b } }]", "", "two");
    const sync = await warningsOf(open + two, "sync");
    assert.deepEqual(
      sync.map(({ rule }) => rule),
      ["no-dead-letter-sink", "amplification"],
    );
    assert.match(sync[1]?.message ?? "", /11×11/);
    assert.deepEqual(await warningsOf(broker() + two, "sync"), []);
  });

  it("says nothing of this project's own manifests, and ends with 0 even when strict", () => {
    for (const mode of ["stored", "sync"]) {
      const { status, stdout } = run(
        "--strict",
        "--broker",
        mode,
        "-f",
        join(root, "knative/base"),
      );
      assert.equal(status, 0, stdout);
      assert.match(stdout, /^\d+ objects, 0 errors, 0 warnings\n$/);
    }
  });

  it("ends with 0 for warnings, 1 when strict, 1 for errors, 2 for a wrong option", () => {
    writeFileSync(join(folder, "a.yaml"), filters("[{}]"));
    const loose = run("-f", folder);
    assert.equal(loose.status, 0);
    assert.match(loose.stdout, /^warning .*a\.yaml:\d+: Trigger one: .*\[open-filter\]$/m);
    assert.equal(run("-f", folder, "--strict").status, 1);
    writeFileSync(join(folder, "b.yaml"), trigger("filters: [{ exactly: {} }]", "", "two"));
    const wrong = run("-f", folder);
    assert.equal(wrong.status, 1);
    assert.match(wrong.stdout, /^error .*b\.yaml:\d+: Trigger two: spec\.filters\[0\]/m);
    assert.equal(run("--nonsense").status, 2);
  });

  it("warns of what leads nowhere yet, by file and line: a cluster takes it, and lets it wait", () => {
    const ref = "{ ref: { apiVersion: serving.knative.dev/v1, kind: Service, name: nobody } }";
    writeFileSync(join(folder, "a.yaml"), broker() + trigger(`${EXACT}, subscriber: ${ref}`));
    const { status, stdout } = run("-f", folder);
    assert.equal(status, 0);
    const text =
      /a\.yaml:9: Trigger one: there is no Service nobody in namespace test.*\[not-ready\]/;
    assert.match(stdout, text);
    assert.equal(run("-f", folder, "--strict").status, 1);
  });

  it("takes for an error what can't be sent to here", () => {
    const ref = "{ ref: { apiVersion: example.org/v1, kind: Sink, name: x } }";
    writeFileSync(join(folder, "a.yaml"), broker() + trigger(`${EXACT}, subscriber: ${ref}`));
    const { status, stdout } = run("-f", folder);
    assert.equal(status, 1);
    assert.match(stdout, /Trigger one: Sink \(example\.org\/v1\) x cannot be sent to locally/);
  });
});
