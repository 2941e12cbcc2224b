import assert from "node:assert/strict";
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { postEvent, send } from "./http.ts";
import { childrenOf, type Runtime, startForeign, waitFor } from "./runtime.ts";

/** What the recorder has written down. */
type Seen = {
  pid: number;
  path: string;
  id: string | null;
  revision: string;
  word: string;
  settings: string;
};

describe("manifests that are edited while they run", function () {
  this.timeout(60_000);
  let vigie: Runtime;
  let given: string;
  beforeEach(async () => {
    vigie = await startForeign("edited");
    given = readFileSync(join(vigie.folder, "wiring.yaml"), "utf8");
  });
  afterEach(() => vigie.stop());

  const broker = () => `http://127.0.0.1:${vigie.brokerPort}/lab/default`;
  const seen = (): Seen[] => {
    const file = join(vigie.folder, "seen.jsonl");
    if (!existsSync(file)) return [];
    const lines = readFileSync(file, "utf8").split("\n").slice(0, -1);
    return lines.map((line) => JSON.parse(line) as Seen);
  };
  const seenOf = (id: string) => seen().filter((one) => one.id === id);
  const post = async (id: string, type: string) =>
    assert.equal((await postEvent(broker(), { id, type }, {})).status, 202);
  const notes = (pattern: RegExp) =>
    vigie.lines.filter(({ kind, message }) => kind === "note" && pattern.test(String(message)));
  /** Writes a file as many an editor does: another one, that takes the name. */
  const save = (text: string, name = "wiring.yaml") => {
    writeFileSync(join(vigie.folder, `.${name}.swp`), text);
    renameSync(join(vigie.folder, `.${name}.swp`), join(vigie.folder, name));
  };
  /** Edits, and waits until it is followed. */
  const edit = async (text: string, name?: string) => {
    const before = notes(/^reloaded: /).length;
    save(text, name);
    await waitFor("the reload", () => notes(/^reloaded: /).length > before);
  };
  const trigger = (name: string, type: string, subscriber: string) => `
apiVersion: eventing.knative.dev/v1
kind: Trigger
metadata: { name: ${name}, namespace: lab }
spec:
  broker: default
  filters: [{ exact: { type: ${type} } }]
  subscriber: ${subscriber}
`;

  it("follow the trigger that was changed with the next event, again and again", async () => {
    await post("a", "dev.lab.one.v1");
    await waitFor("the event", () => seenOf("a").length === 1);
    await edit(given.replace("dev.lab.one.v1", "dev.lab.two.v1"));
    await post("b", "dev.lab.one.v1");
    await post("c", "dev.lab.two.v1");
    await waitFor("the event", () => seenOf("c").length === 1);
    await edit(given);
    await post("d", "dev.lab.two.v1");
    await post("e", "dev.lab.one.v1");
    await waitFor("the event", () => seenOf("e").length === 1);
    assert.deepEqual([seenOf("b"), seenOf("d")], [[], []]);
    assert.equal(new Set(seen().map(({ pid }) => pid)).size, 1, "the service was left alone");
    const { body } = await send(`http://127.0.0.1:${vigie.brokerPort}/`);
    assert.match(body, /"matched":3/, "what a trigger has counted goes on");
  });

  it("keep what ran before when the edit is bad, and say where, once", async () => {
    const bad = given.replace(
      "exact: { type: dev.lab.one.v1 }",
      "exactly: { type: dev.lab.two.v1 }",
    );
    save(bad);
    const told = () =>
      notes(/^not reloaded, what ran before goes on: wiring\.yaml:11: Trigger first/);
    await waitFor("the fault", () => told().length === 1);
    await post("a", "dev.lab.one.v1");
    await waitFor("the event", () => seenOf("a").length === 1);
    save(`${bad}# once more\n`);
    await edit(given.replace("dev.lab.one.v1", "dev.lab.three.v1"));
    assert.equal(told().length, 1);
    assert.equal(notes(/^not reloaded/).length, 1);
  });

  it("keep what ran before when a file is empty, as some editors leave it for a while", async () => {
    writeFileSync(join(vigie.folder, "wiring.yaml"), "");
    await waitFor("the fault", () => notes(/^not reloaded.*wiring\.yaml:1: is empty/).length === 1);
    await post("a", "dev.lab.one.v1");
    await waitFor("the event", () => seenOf("a").length === 1);
    writeFileSync(join(vigie.folder, "wiring.yaml"), given);
    await waitFor("the end of it", () => notes(/as they were before the fault/).length === 1);
  });

  it("let a trigger wait for its Broker and its subscriber, and follow it once they are there", async () => {
    const later = "{ ref: { apiVersion: v1, kind: Service, name: later } }";
    const waiting = trigger("second", "dev.lab.two.v1", later).replace("default", "other");
    await edit(waiting, "second.yaml");
    const noBroker =
      /second\.yaml:2: Trigger second is not ready \(BrokerDoesNotExist\): Broker "other"/;
    assert.equal(notes(noBroker).length, 1);
    const pathOf = (kinds: string) =>
      `/apis/eventing.knative.dev/v1/namespaces/lab/${kinds}/second`;
    const ready = async () => {
      const { body } = await send(`http://127.0.0.1:${vigie.kubePort}${pathOf("triggers")}`);
      const { status } = JSON.parse(body) as {
        status: { conditions: { status: string; reason?: string }[] };
      };
      return status.conditions.map((one) => [one.status, one.reason]);
    };
    assert.deepEqual(await ready(), [["False", "BrokerDoesNotExist"]]);
    const other =
      "apiVersion: eventing.knative.dev/v1\nkind: Broker\nmetadata: { name: other, namespace: lab }\n";
    await edit(other, "broker.yaml");
    assert.equal(
      notes(/Trigger second is not ready \(Unable to get the Subscriber's URI\)/).length,
      1,
    );
    const status = `http://127.0.0.1:${vigie.brokerPort}/`;
    assert.match(
      (await send(status)).body,
      /"notReady":\[\{"kind":"Trigger","namespace":"lab","name":"second"/,
    );
    const toOther = `http://127.0.0.1:${vigie.brokerPort}/lab/other`;
    const event = (id: string) => postEvent(toOther, { id, type: "dev.lab.two.v1" }, {});
    assert.equal((await event("before")).status, 202);
    await edit(
      waiting.replace(
        "{ ref: { apiVersion: v1, kind: Service, name: later } }",
        "{ uri: http://recorder.lab.svc.cluster.local/later }",
      ),
      "second.yaml",
    );
    assert.equal(notes(/^Trigger second is ready now/).length, 1);
    assert.deepEqual(await ready(), [["True", undefined]]);
    assert.equal((await event("after")).status, 202);
    await waitFor("the event", () => seenOf("after").length === 1);
    assert.deepEqual(seenOf("before"), [], "it had no subscription");
    assert.match((await send(status)).body, /"notReady":\[\]/);
  });

  it("refuse YAML that is none, and follow it once it is right", async () => {
    save("kind: [", "second.yaml");
    await waitFor("the fault", () => notes(/^not reloaded.*second\.yaml:1: /).length === 1);
    const recorder = "{ uri: http://recorder.lab.svc.cluster.local/second }";
    await edit(trigger("second", "dev.lab.two.v1", recorder), "second.yaml");
    await post("a", "dev.lab.two.v1");
    await waitFor("the event", () => seenOf("a").length === 1);
    assert.equal(seenOf("a")[0]?.path, "/second");
  });

  it("start a new trigger from now, and keep what waited for one that is gone as dead letters", async () => {
    const down = "{ uri: http://127.0.0.1:9/ }";
    await edit(trigger("second", "dev.lab.one.v1", down), "second.yaml");
    await post("a", "dev.lab.one.v1");
    await waitFor("a retry", () => vigie.lines.some(({ outcome }) => outcome === "retrying"));
    await edit(
      trigger("third", "dev.lab.one.v1", "{ uri: http://recorder.lab.svc/third }"),
      "second.yaml",
    );
    assert.equal(notes(/^trigger lab\/second is gone: 1 event is a dead letter now/).length, 1);
    await post("b", "dev.lab.one.v1");
    await waitFor("the events", () => seenOf("b").length === 2);
    assert.deepEqual(
      seenOf("a").map(({ path }) => path),
      ["/"],
    );
    const { body } = await send(`http://127.0.0.1:${vigie.brokerPort}/dead-letters`);
    assert.match(body, /"kept":1/);
    assert.match(body, /the trigger is gone/);
    rmSync(join(vigie.folder, "second.yaml"));
    await waitFor("the removal", () => notes(/^reloaded: Trigger third removed/).length === 1);
  });

  it("give a changed Service a new revision, and lose no request that the old one has", async () => {
    const url = (path: string) => `http://127.0.0.1:${vigie.gatewayPort}${path}`;
    const host = "recorder.lab.localhost";
    const slow = Array.from({ length: 5 }, () => send(url("/slow"), { host }));
    await waitFor("the slow ones", () => seen().length === 5);
    const [old] = seen();
    await edit(given.replace("bonjour", "salut"));
    const quick = await send(url("/"), { host });
    assert.deepEqual([quick.status, quick.body], [200, "recorder-00002"]);
    for (const answer of await Promise.all(slow)) {
      assert.deepEqual([answer.status, answer.body], [200, "recorder-00001"]);
    }
    assert.deepEqual([old?.word, seen().at(-1)?.word], ["bonjour", "salut"]);
    const isGone = () => !childrenOf(vigie.process.pid ?? 0).includes(old?.pid ?? 0);
    await waitFor("the end of the old process", isGone);
    assert.equal(vigie.lines.filter(({ state }) => state === "crashed").length, 0);
  });

  it("give a Service a new revision when its ConfigMap changes, and it reads the new one", async () => {
    await post("a", "dev.lab.one.v1");
    await waitFor("the event", () => seenOf("a").length === 1);
    await edit(given.replace("text: before", "text: after"));
    await post("b", "dev.lab.one.v1");
    await waitFor("the event", () => seenOf("b").length === 1);
    const [a, b] = [seenOf("a")[0], seenOf("b")[0]];
    assert.deepEqual([a?.settings, a?.revision], ["before", "recorder-00001"]);
    assert.deepEqual([b?.settings, b?.revision], ["after", "recorder-00002"]);
    const stored = await send(
      `http://127.0.0.1:${vigie.kubePort}/api/v1/namespaces/lab/configmaps/settings`,
    );
    assert.match(stored.body, /"text":"after"/, "and so does the simulated cluster");
  });

  it("follow files in place, and answer every event under constant edits", async () => {
    const file = join(vigie.folder, "wiring.yaml");
    const ids = Array.from({ length: 60 }, (_, index) => `many-${index}`);
    for (const [index, id] of ids.entries()) {
      if (index % 6 === 0) writeFileSync(file, given.replace("PT1S", `PT${index + 2}S`));
      await post(id, "dev.lab.one.v1");
    }
    await waitFor("all of them", () => ids.every((id) => seenOf(id).length === 1));
    await waitFor("the last edit", () => notes(/^reloaded: Broker default changed/).length > 0);
    // Whoever writes empties the file first, and may be held up before the text: that is told.
    assert.deepEqual(notes(/^not reloaded(?!.* is empty)/), []);
  });
});

describe("workloads that are edited while they run", function () {
  this.timeout(60_000);
  let vigie: Runtime;
  beforeEach(async () => {
    vigie = await startForeign("workloads");
  });
  afterEach(() => vigie.stop());

  it("are replaced where they differ, and left alone where they do not", async () => {
    const file = join(vigie.folder, "lab.yaml");
    const lines = (): { pid: number; path: string; attributes: Record<string, string> }[] => {
      const ledger = join(vigie.folder, "ledger.jsonl");
      if (!existsSync(ledger)) return [];
      const texts = readFileSync(ledger, "utf8").split("\n").slice(0, -1);
      return texts.map((text) => JSON.parse(text) as ReturnType<typeof lines>[number]);
    };
    const pumped = (path: string) =>
      lines().filter((one) => one.path === path && one.attributes["source"] === "/lab/pump");
    await waitFor("the pump", () => pumped("/bound").length === 1);
    const children = new Set(childrenOf(vigie.process.pid ?? 0));
    const oldPump = Number(pumped("/bound")[0]?.attributes["id"]?.replace("pump-", ""));
    assert.ok(children.has(oldPump));
    const ledgers = new Set(lines().map(({ pid }) => pid));
    writeFileSync(file, readFileSync(file, "utf8").replace("uri: /bound", "uri: /moved"));
    await waitFor("the pump that replaces it", () => pumped("/moved").length === 1);
    await waitFor("the end of the one before", () => {
      return !childrenOf(vigie.process.pid ?? 0).includes(oldPump);
    });
    const still = new Set(childrenOf(vigie.process.pid ?? 0));
    for (const pid of ledgers) assert.ok(still.has(pid), "the ledger was left alone");

    const watchIs = async (expected: string) => {
      const path = "/apis/sources.knative.dev/v1/namespaces/lab/apiserversources/names";
      const { body } = await send(`http://127.0.0.1:${vigie.kubePort}${path}`);
      const { status } = JSON.parse(body) as {
        status: { conditions: { status: string; reason?: string }[] };
      };
      const [ready] = status.conditions;
      return `${ready?.status} ${ready?.reason ?? ""}`.trim() === expected;
    };
    await waitFor("the watch", () => watchIs("True"));
    const given = readFileSync(file, "utf8");
    writeFileSync(file, given.replace("name: default", "name: another"));
    await waitFor("the end of the watch, whose sink is gone", () => watchIs("False NotFound"));
    writeFileSync(file, given);
    await waitFor("the watch again", () => watchIs("True"));
  });
});
