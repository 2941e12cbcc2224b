import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { postEvent, send } from "./http.ts";
import { childrenOf, isInstalled, type Runtime, startForeign, waitFor } from "./runtime.ts";

/** A line of the ledger. */
type Seen = { pid: number; path: string; attributes: Record<string, string>; data: unknown };

describe("someone's folder", function () {
  this.timeout(60_000);
  let vigie: Runtime;
  const broker = () => `http://127.0.0.1:${vigie.brokerPort}/lab/default`;

  describe("with a Knative Service in Python", () => {
    before(async function () {
      if (!isInstalled("python3")) this.skip();
      vigie = await startForeign("python");
    });
    after(() => vigie?.stop());

    it("takes an event, and the answer comes back as an event", async () => {
      const given = { id: "1", type: "dev.lab.name.given.v1" };
      assert.equal((await postEvent(broker(), given, { name: "Ada" })).status, 202);
      const url = `http://127.0.0.1:${vigie.gatewayPort}/`;
      await waitFor("the greeting", async () => {
        const { status, body } = await send(url, { host: "greeter.lab.localhost" });
        return status === 200 && body === '["Bonjour, Ada!"]';
      });
    });
  });

  describe("with plain workloads and sources", () => {
    before(async () => {
      vigie = await startForeign("workloads");
    });
    after(async () => {
      const children = childrenOf(vigie.process.pid ?? 0);
      assert.ok(children.length >= 3);
      assert.equal(await vigie.stop(), 0);
    });

    const ledger = (): Seen[] => {
      const file = join(vigie.folder, "ledger.jsonl");
      if (!existsSync(file)) return [];
      const lines = readFileSync(file, "utf8").split("\n").slice(0, -1);
      return lines.map((line) => JSON.parse(line) as Seen);
    };
    const ofType = (type: string) =>
      ledger().filter(({ attributes }) => attributes["type"] === type);
    const kube = (method: string, path: string, body?: object, type = "application/json") =>
      send(`http://127.0.0.1:${vigie.kubePort}${path}`, {
        method,
        headers: { "content-type": type },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });

    it("delivers to the processes of a Deployment behind a plain Service, warm from the start", async () => {
      const up = () =>
        vigie.lines.filter((line) => line["service"] === "ledger" && line["state"] === "up");
      await waitFor("both replicas", () => up().length === 2);
      const events = Array.from({ length: 20 }, (_, index) => `many-${index}`);
      await Promise.all(
        events.map((id) => postEvent(broker(), { id, type: "dev.lab.many.v1" }, {})),
      );
      await waitFor("all of them", () => ofType("dev.lab.many.v1").length === 20);
      assert.ok(ofType("dev.lab.many.v1").every(({ path }) => path === "/events"));
      assert.equal(new Set(ofType("dev.lab.many.v1").map(({ pid }) => pid)).size, 2);
      const starts = vigie.lines.filter((line) => line["eventType"] === "dev.lab.many.v1");
      assert.ok(starts.every((line) => line["start"] === "warm" && line["status"] === 204));
    });

    it("starts a replica anew when it is killed", async () => {
      const crashes = () => vigie.lines.filter((line) => line["state"] === "crashed");
      const crashesOf = (service: string) =>
        crashes().filter((line) => line["service"] === service).length;
      const ups = () =>
        vigie.lines.filter((line) => line["service"] === "ledger" && line["state"] === "up").length;
      const before = ups();
      process.kill(ledger()[0]?.pid ?? assert.fail("nothing was seen"), "SIGKILL");
      await waitFor("the crash", () => crashesOf("ledger") === 1);
      await waitFor("another one", () => ups() === before + 1);
    });

    it("runs a ContainerSource with K_SINK and K_CE_OVERRIDES, again and again with a back-off", async () => {
      const beats = () => ofType("dev.lab.beat.v1").filter(({ path }) => path === "/events");
      await waitFor("three beats", () => beats().length >= 3);
      const [beat] = beats();
      assert.equal(beat?.attributes["team"], "lab");
      assert.deepEqual(beat?.data, {
        namespace: "lab",
        overrides: '{"extensions":{"team":"lab"}}',
      });
      const exits = () =>
        vigie.lines.filter(
          (line) => line["service"] === "heartbeat" && line["state"] === "crashed",
        );
      // The third beat may be heard of before the exit of who sent it.
      await waitFor("three exits", () => exits().length >= 3);
      assert.deepEqual(
        exits()
          .slice(0, 3)
          .map((line) => [line["reason"], line["backOffMs"]]),
        [
          ["exited with 0", 0],
          ["exited with 0", 100],
          ["exited with 0", 200],
        ],
      );
    });

    it("gives a Deployment the sink of its SinkBinding, here a plain Service, with no overrides", async () => {
      const bound = () => ledger().filter(({ path }) => path === "/bound");
      await waitFor("the pump", () => bound().length === 1);
      assert.equal(bound()[0]?.attributes["source"], "/lab/pump");
      assert.deepEqual(bound()[0]?.data, { overrides: "" });
    });

    const readyOf = async (kinds: string, name: string) => {
      const path = `/apis/sources.knative.dev/v1/namespaces/lab/${kinds}/${name}`;
      const { status } = JSON.parse((await kube("GET", path)).body) as {
        status: { sinkUri: string; conditions: { status: string; reason?: string }[] };
      };
      assert.match(status.sinkUri, /^http:/);
      return status.conditions.map((one) => `${one.status} ${one.reason ?? ""}`).join();
    };

    it("sends an event for each change that an ApiServerSource watches, none for what was there", async () => {
      const maps = "/api/v1/namespaces/lab/configmaps";
      const labels = { watched: "yes" };
      const create = (name: string, more: object) =>
        kube("POST", maps, { apiVersion: "v1", kind: "ConfigMap", metadata: { name, ...more } });
      // A watch that has not begun sees nothing: the first change is made until it is seen.
      await waitFor("the watches", async () => {
        await create("first", { labels });
        await kube("DELETE", `${maps}/first`);
        const seen = (type: string) => ofType(`dev.knative.apiserver.${type}.delete`).length > 0;
        return seen("ref") && seen("resource");
      });
      const isFiltered = async () => (await readyOf("apiserversources", "filtered")) === "True ";
      await waitFor("the watch with filters", isFiltered);
      assert.equal((await create("other", {})).status, 201);
      assert.equal((await create("mine", { labels })).status, 201);
      const change = { data: { colour: "blue" } };
      await kube("PATCH", `${maps}/mine`, change, "application/merge-patch+json");
      await kube("DELETE", `${maps}/mine`);
      const ofMine = () =>
        ledger().filter(({ attributes }) => attributes["name"] === "mine" && attributes["kind"]);
      const mine = () => ofMine().filter(({ attributes }) => attributes["filtered"] === undefined);
      await waitFor("six events", () => mine().length >= 6);
      const subject = "/apis/v1/namespaces/lab/configmaps/mine";
      const source = `http://127.0.0.1:${vigie.kubePort}`;
      for (const mode of ["ref", "resource"]) {
        const events = mine().filter(({ attributes }) => attributes["type"]?.includes(`.${mode}.`));
        assert.deepEqual(
          events.map(({ attributes }) => attributes["type"]?.split(".").at(-1) ?? "").toSorted(),
          ["add", "delete", "update"],
        );
        for (const { attributes } of events) {
          const { kind, name, namespace, apiversion } = attributes;
          assert.deepEqual([kind, name, namespace, apiversion], ["ConfigMap", "mine", "lab", "v1"]);
          assert.deepEqual([attributes["subject"], attributes["source"]], [subject, source]);
          assert.equal(attributes["team"], mode === "ref" ? undefined : "lab");
        }
      }
      const reference = { kind: "ConfigMap", namespace: "lab", name: "mine", apiVersion: "v1" };
      const dataOf = (type: string) =>
        mine().find(({ attributes }) => attributes["type"] === `dev.knative.apiserver.${type}`)
          ?.data;
      assert.deepEqual(dataOf("ref.update"), reference);
      assert.deepEqual((dataOf("resource.update") as { data: object }).data, change.data);
      const filtered = () => ofMine().filter(({ attributes }) => attributes["filtered"] === "yes");
      await waitFor("the one that passes the source's filters", () => filtered().length > 0);
      assert.deepEqual(
        filtered().map(({ attributes }) => attributes["type"]),
        ["dev.knative.apiserver.ref.delete"],
      );
      const names = new Set(ledger().map(({ attributes }) => attributes["name"]));
      assert.ok(!names.has("there-before") && !names.has("other"));
    });

    it("shows in the cluster what is ready, and of what is not, why", async () => {
      const names = async () => (await readyOf("apiserversources", "names")) === "True ";
      await waitFor("the watch", names);
      assert.equal(await readyOf("apiserversources", "forbidden"), "False NotWatching");
      const withoutGet = () => readyOf("apiserversources", "without-get");
      await waitFor("the right", async () => (await withoutGet()) === "False NotWatching");
      assert.match(await readyOf("containersources", "heartbeat"), /^(True |False ProcessEnded)$/);
    });

    it("scales a Knative Service out by its load, one request in each process, and back to zero", async () => {
      const url = `http://127.0.0.1:${vigie.gatewayPort}/`;
      const answers = await Promise.all(
        Array.from({ length: 6 }, () => send(url, { host: "slow.lab.localhost" })),
      );
      const seen = answers.map(({ body }) => JSON.parse(body) as { pid: number; most: number });
      assert.ok(seen.every(({ most }) => most === 1));
      assert.equal(new Set(seen.map(({ pid }) => pid)).size, 3);
      const lines = () => vigie.lines.filter((line) => line["service"] === "slow");
      const out = lines().find((line) => line["state"] === "scaled");
      assert.deepEqual([out?.["from"], out?.["to"]], [1, 3]);
      assert.match(String(out?.["reason"]), /requests at once over 1 s, 0.7 for each, panic/);
      await waitFor("zero", () => lines().some((line) => line["state"] === "zero"));
    });

    it("says what an ApiServerSource may not watch", () => {
      const notes = vigie.lines.filter(({ kind }) => kind === "note");
      const messages = notes.map((line) => String(line["message"]));
      const refused = messages.filter((message) => message.startsWith("forbidden: Secret (v1): "));
      assert.equal(refused.length, 1, JSON.stringify(notes));
      assert.match(refused[0] ?? "", /system:serviceaccount:lab:default.*cannot list.*secrets/);
      const withoutGet = messages.filter((message) => message.startsWith("without-get: "));
      assert.equal(withoutGet.length, 1, JSON.stringify(notes));
      assert.match(withoutGet[0] ?? "", /serviceaccount:lab:lister cannot get configmaps/);
    });
  });
});
