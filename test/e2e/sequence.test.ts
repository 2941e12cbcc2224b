import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { postEvent, send } from "./http.ts";
import { type Runtime, startForeign, waitFor } from "./runtime.ts";

const SCORE = `apiVersion: serving.knative.dev/v1
kind: Service
metadata: { name: score, namespace: lab }
spec:
  template:
    metadata: { annotations: { vigie.dev/local-command: node step.cjs dev.lab.review.judged } }
    spec: { containers: [{ image: example.org/step }] }
`;

describe("a Sequence, as Knative's samples have one", function () {
  this.timeout(60_000);
  let vigie: Runtime;
  before(async () => {
    vigie = await startForeign("reviews");
  });
  after(() => vigie?.stop());

  const notes = () =>
    vigie.lines.filter(({ kind }) => kind === "note").map((line) => String(line["message"]));
  const kube = async (path: string) =>
    (await send(`http://127.0.0.1:${vigie.kubePort}${path}`)).body;
  const conditions = async () => {
    const path = "/apis/flows.knative.dev/v1/namespaces/lab/sequences/judge";
    const { status } = JSON.parse(await kube(path)) as {
      status: { address: { url: string }; conditions: { status: string; reason?: string }[] };
    };
    const [ready] = status.conditions;
    return [status.address.url, ready?.status, ready?.reason];
  };
  const ENTRY = "http://judge-kn-sequence-0-kn-channel.lab.svc.cluster.local";

  it("is not ready while a step is missing, and the rest of the folder runs", async () => {
    assert.deepEqual(await conditions(), [ENTRY, "False", "SubscriptionsNotReady"]);
    const told = notes().filter((note) => note.includes("Sequence judge is not ready"));
    assert.equal(told.length, 1, notes().join("\n"));
    assert.match(told[0] ?? "", /^reviews\.yaml:\d+: .*there is no Service score in namespace lab/);
    assert.equal(notes().filter((note) => note.startsWith("left out func.yaml")).length, 1);
  });

  const displayed = () =>
    vigie.lines
      .filter(({ service, state }) => service === "display" && state === "log")
      .map((line) => String(line["text"]));

  it("stands in for the programs of those samples: heartbeats to event_display", async () => {
    const isLast = (text: string) => text.includes('"label": "lub"');
    await waitFor("a beat", () => displayed().some(isLast));
    const shown = displayed().join("\n");
    assert.match(shown, /type: dev\.knative\.eventing\.samples\.heartbeat/);
    assert.match(shown, /source: https:\S+\/heartbeats\/#lab\/beats/);
    assert.match(shown, / {2}team: lab/);
  });

  it("answers at the tag of a Service too", async () => {
    const url = `http://127.0.0.1:${vigie.gatewayPort}/`;
    const asked = { method: "POST", body: JSON.stringify({ words: [] }) };
    for (const name of ["clean", "next-clean"]) {
      const answer = await send(url, { ...asked, host: `${name}.lab.localhost` });
      assert.deepEqual([answer.status, answer.body], [200, '{"words":["dev.lab.review.cleaned"]}']);
    }
  });

  it("takes an event through its steps, and its last answer to the broker, once all are there", async () => {
    writeFileSync(join(vigie.folder, "score.yaml"), SCORE);
    await waitFor("the reload", () => notes().includes("Sequence judge is ready now"));
    assert.deepEqual(await conditions(), [ENTRY, "True", undefined]);
    const broker = `http://127.0.0.1:${vigie.brokerPort}/lab/default`;
    const given = { id: "1", type: "dev.lab.review.written" };
    assert.equal((await postEvent(broker, given, { words: ["nice"] })).status, 202);
    await waitFor("all of it", () => displayed().some((text) => text.includes("]")));
    const shown = displayed().join("\n");
    assert.match(shown, /type: dev\.lab\.review\.judged/);
    assert.match(shown, /"nice",\s+"dev\.lab\.review\.cleaned",\s+"dev\.lab\.review\.judged"/);
  });
});
