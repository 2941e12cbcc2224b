import assert from "node:assert/strict";
import { webhook } from "./alertmanager.ts";
import { postEvent, send } from "./http.ts";
import { isInstalled, type Runtime, startRuntime, waitFor } from "./runtime.ts";
import { untilIdle } from "./until-idle.ts";

type Pod = {
  metadata: {
    name: string;
    namespace: string;
    labels: Record<string, string>;
    annotations?: Record<string, string>;
  };
  spec: { containers: { name: string; resources: { limits?: { cpu?: string } } }[] };
  status: { containerStatuses: { restartCount: number }[] };
};
type Told = { outcome: string; reason: string; decisionId: string };

const CLOCKS = "/apis/v1/namespaces/vigie/pingsources";
const INTENT = "vigie.dev/resize-intent-cpu";

describe("around a decision, on one command", function () {
  this.timeout(60_000);
  let vigie: Runtime;
  let name: string;
  let alerts = 0;

  before(async function () {
    if (!isInstalled("kubectl")) this.skip();
    vigie = await startRuntime("--no-clock", "--window", "30");
    const found = await vigie.kubectl(
      "get",
      "pods",
      "-n",
      "shop",
      "-l",
      "app=checkout",
      "-o",
      "json",
    );
    name = (JSON.parse(found) as { items: Pod[] }).items[0]?.metadata.name ?? "";
  });
  after(() => vigie?.stop());

  const read = async () =>
    JSON.parse(await vigie.kubectl("get", "pod", name, "-n", "shop", "-o", "json")) as Pod;
  const limit = async () => (await read()).spec.containers[0]?.resources.limits?.cpu;
  const annotate = (...annotations: string[]) =>
    vigie.kubectl("annotate", "pod", name, "-n", "shop", "--overwrite", ...annotations);
  const intent = async () =>
    JSON.parse((await read()).metadata.annotations?.[INTENT] ?? "null") as {
      id: string;
      settled: { outcome: string; at: string } | null;
      closed?: Told;
    } | null;
  /** The pod is at 92 % of its CPU limit, once more. */
  const alert = async () => {
    const { url, host } = vigie.door("alert-source", "/alerts");
    const startsAt = new Date().toISOString();
    alerts += 1;
    const body = JSON.stringify(
      webhook({
        status: "firing",
        namespace: "shop",
        pod: name,
        percent: 92 + alerts / 100,
        startsAt,
      }),
    );
    const headers = { "content-type": "application/json" };
    await send(url, { method: "POST", host, headers, body });
  };
  /** What a person posts with curl. */
  const order = async (type: string, data: object) => {
    alerts += 1;
    const { status } = await postEvent(vigie.broker, { id: `order-${alerts}`, type }, data);
    assert.equal(status, 202);
  };
  /** What the PingSource of that name sends. */
  const tick = () => {
    alerts += 1;
    const about = { id: `tick-${alerts}`, source: `${CLOCKS}/relief-clock` };
    return postEvent(vigie.broker, { type: "dev.knative.sources.ping", ...about }, {});
  };
  const isSettled = async (outcome: string) => {
    const known = await intent();
    return known?.settled?.outcome === outcome;
  };
  /** As if the resize, and all that was observed before it, were so long ago. */
  const age = async (seconds: number) => {
    const known = await intent();
    assert.ok(known);
    const older = JSON.stringify(known, (_key, value: unknown) =>
      typeof value === "string" && /^\d{4}-\d\d-\d\dT.*Z$/.test(value)
        ? new Date(Date.parse(value) - seconds * 1000).toISOString()
        : value,
    );
    await annotate(`${INTENT}=${older}`);
  };
  const forget = async () => {
    await annotate("vigie.dev/back-off-cpu-", `${INTENT}-`);
  };
  let first: string | undefined;

  it("keeps a proposal on the pod, and carries it out once somebody says yes", async () => {
    first = await limit();
    await annotate("vigie.dev/mode=approve");
    await alert();
    const proposal = async () =>
      JSON.parse((await read()).metadata.annotations?.["vigie.dev/proposal-cpu"] ?? "null") as {
        id: string;
      } | null;
    await waitFor("the proposal", async () => (await proposal()) !== null);
    // Once it is on the pod, an Event says so.
    await untilIdle(vigie);
    assert.equal(await limit(), first);
    const described = await vigie.kubectl("describe", "pod", name, "-n", "shop");
    const { id } = (await proposal()) ?? {};
    assert.match(described, new RegExp(`ResizeProposed.*waits for a yes to decision ${id} until`));

    const yes = { decisionId: id, namespace: "shop", pod: name, by: "ada" };
    await order("dev.vigie.approval.given.v1", yes);
    await waitFor("the resize", () => isSettled("applied"));
    await untilIdle(vigie);
    assert.notEqual(await limit(), first);
    await annotate("vigie.dev/mode-");
  });

  it("gives the first sizes back to every pod, on request, and stays paused until it is resumed", async () => {
    await order("dev.vigie.pause.requested.v1", {
      target: { scope: "all" },
      by: "ada",
      note: "trial",
    });
    await order("dev.vigie.revert.requested.v1", {
      target: { scope: "namespace", namespace: "shop" },
      by: "ada",
    });
    await waitFor("the first sizes", async () => (await intent())?.closed?.outcome === "reverted");
    assert.equal(await limit(), first);
    await waitFor("the pause", async () =>
      (
        await vigie.kubectl(
          "get",
          "configmap",
          "resource-patch-pauses",
          "-n",
          "vigie",
          "-o",
          "yaml",
        )
      ).includes("trial"),
    );
    await untilIdle(vigie);
    await forget();
    const decisions = () =>
      vigie.lines.filter((line) => line["trigger"] === "resource-decide" && line["status"] === 200);
    const seen = decisions().length;
    await alert();
    await waitFor("the decision", () => decisions().length > seen);
    await untilIdle(vigie);
    assert.equal(await limit(), first);

    await order("dev.vigie.resume.requested.v1", { target: { scope: "all" }, by: "ada" });
    await waitFor("the end of the pause", async () =>
      (
        await vigie.kubectl(
          "get",
          "configmap",
          "resource-patch-pauses",
          "-n",
          "vigie",
          "-o",
          "yaml",
        )
      ).includes("resume"),
    );
    await alert();
    await waitFor("the resize", () => isSettled("applied"));
    await untilIdle(vigie);
    assert.notEqual(await limit(), first);
  });

  it("takes a resize back when its alert is not resolved in time, at a tick of the relief clock", async () => {
    await tick();
    await untilIdle(vigie);
    assert.equal((await intent())?.closed, undefined);
    // Gold gives 300 s.
    await age(400);
    await tick();
    await waitFor("the revert", async () => (await intent())?.closed?.outcome === "reverted");
    await untilIdle(vigie);
    assert.equal(await limit(), first);
    assert.match(
      (await intent())?.closed?.reason ?? "",
      /did not leave the band high within 300 s/,
    );
    const { labels, annotations } = (await read()).metadata;
    assert.equal(labels["vigie.dev/review"], undefined);
    assert.match(annotations?.["vigie.dev/back-off-cpu"] ?? "", /"failures":1/);
  });

  it("takes a resize back when the container is killed for want of memory after it", async () => {
    await forget();
    await alert();
    await waitFor("the resize", () => isSettled("applied"));
    await untilIdle(vigie);
    const container = (await read()).spec.containers[0]?.name ?? "";
    const want = (memoryBytes: number) => {
      const load = { [container]: { cpuMillis: 100, memoryBytes } };
      return annotate(`scenario.vigie.dev/load=${JSON.stringify(load)}`);
    };
    await want(64 * 2 ** 30);
    await waitFor(
      "the kill",
      async () => ((await read()).status.containerStatuses[0]?.restartCount ?? 0) >= 1,
    );
    // A container that is killed again and again would be killed in the middle of its resize, too.
    await want(64 * 2 ** 20);
    await tick();
    await waitFor("the revert", async () => (await intent())?.closed?.outcome === "reverted");
    assert.match((await intent())?.closed?.reason ?? "", /killed for want of memory since; back: /);
    assert.equal(await limit(), first);
  });
});
