import assert from "node:assert/strict";
import { addressablesOf } from "../../../../knative/local/addressables.ts";
import { createReadinessBoard } from "../../../../knative/local/live/readiness-board.ts";
import { type Shown, shownOf } from "../../../../knative/local/live/readiness.ts";
import { readWiring } from "../../../../knative/local/manifests/wiring.ts";
import { resolve } from "../../../../knative/local/serving/resolve.ts";

const ref = (kind: string, group: string, name: string) => ({
  ref: { apiVersion: `${group}/v1`, kind, name },
});
const toBroker = ref("Broker", "eventing.knative.dev", "default");
const toWeb = ref("Service", "serving.knative.dev", "web");
const object = (apiVersion: string, kind: string, name: string, spec: object) => ({
  apiVersion,
  kind,
  metadata: { name, namespace: "lab" },
  spec,
});
const sources = "sources.knative.dev/v1";
const objects = [
  object("eventing.knative.dev/v1", "Broker", "default", {}),
  object("eventing.knative.dev/v1", "Trigger", "one", { broker: "default", subscriber: toWeb }),
  object("eventing.knative.dev/v1", "Trigger", "astray", {
    broker: "default",
    subscriber: ref("Service", "serving.knative.dev", "nobody"),
  }),
  object("serving.knative.dev/v1", "Service", "web", {
    template: { spec: { containers: [{ image: "dev.local/web" }] } },
  }),
  object(sources, "PingSource", "tick", { schedule: "* * * * *", sink: toBroker }),
  object(sources, "SinkBinding", "bound", {
    subject: { apiVersion: "serving.knative.dev/v1", kind: "Service", name: "web" },
    sink: toBroker,
  }),
  object(sources, "SinkBinding", "loose", {
    subject: { apiVersion: "apps/v1", kind: "Deployment", name: "nobody" },
    sink: toBroker,
  }),
  object(sources, "ApiServerSource", "watch", {
    resources: [{ apiVersion: "v1", kind: "Event" }],
    sink: toBroker,
  }),
];

function shown(hasClock = true): Shown[] {
  const place = { file: "lab.yaml", line: 1, lineOf: () => 1 };
  const located = objects.map((each) => ({ object: structuredClone(each), ...place }));
  const wiring = readWiring(located);
  const addressables = addressablesOf(wiring);
  return shownOf(wiring, {
    toTarget: (to) => resolve(to, addressables),
    brokerUrl: (namespace, name) => `http://localhost:8080/${namespace}/${name}`,
    services: [],
    hasClock,
  });
}
const find = (all: readonly Shown[], kind: string, name: string): Shown =>
  all.find((one) => one.kind === kind && one.name === name) ?? assert.fail(`no ${kind} ${name}`);

describe("what the simulated cluster shows of what runs here", () => {
  it("has the addresses that Knative's controllers write", () => {
    const all = shown();
    assert.deepEqual(find(all, "Broker", "default").fields, {
      address: { url: "http://localhost:8080/lab/default" },
    });
    const { fields, ready } = find(all, "Trigger", "one");
    assert.deepEqual(fields, { subscriberUri: "http://web.lab.svc.cluster.local/" });
    assert.deepEqual(ready, { status: "True" });
    assert.equal(find(all, "SinkBinding", "bound").ready.status, "True");
  });

  it("says why something is not ready", () => {
    const all = shown(false);
    const reason = (kind: string, name: string) => {
      const { ready } = find(all, kind, name);
      return ready.status === "True" ? null : [ready.status, ready.reason, ready.message];
    };
    assert.deepEqual(reason("Trigger", "astray"), [
      "False",
      "Unable to get the Subscriber's URI",
      "there is no Service nobody in namespace lab",
    ]);
    assert.equal(reason("SinkBinding", "loose")?.[1], "SubjectMissing");
    assert.equal(reason("PingSource", "tick")?.[1], "Paused");
    assert.deepEqual(reason("ApiServerSource", "watch")?.slice(0, 2), ["Unknown", "Starting"]);
  });

  it("keeps what was told of an object until that is gone or another one", () => {
    const written: Shown[] = [];
    const board = createReadinessBoard({ show: (all) => written.push(...all) });
    const lastOf = (kind: string, name: string) => find(written.toReversed(), kind, name).ready;
    const web = { namespace: "lab", name: "web" };
    const crashed = { status: "False", reason: "ProcessEnded", message: "exited with 3" } as const;
    board.tell("Service", web, crashed);
    assert.deepEqual(written, [], "not before it is shown at all");
    board.showAll(shown());
    assert.deepEqual(lastOf("Service", "web"), crashed);
    board.tell("Service", web, { status: "True" });
    assert.deepEqual(lastOf("Service", "web"), { status: "True" });
    board.tell("Service", web, crashed);
    board.forget("Service", web);
    board.showAll(shown());
    assert.deepEqual(lastOf("Service", "web"), { status: "True" });
  });
});
