import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Pod } from "../../../../knative/cluster/verify/target-pod.ts";
import { verifyFlow } from "../../../../knative/cluster/verify/verify-flow.ts";

type Change = { uid?: string; load?: string; limit?: string; running?: string; restarts?: number };

/** The target, ready, as it becomes. */
const pod = ({ uid = "1", load, limit = "400m", running = "400m", restarts = 0 }: Change): Pod => ({
  metadata: { name: "verify-1", uid, labels: load === undefined ? {} : { "vigie.dev/load": load } },
  spec: { containers: [{ resources: { limits: { cpu: limit } } }] },
  status: {
    phase: "Running",
    conditions: [{ type: "Ready", status: "True" }],
    containerStatuses: [{ restartCount: restarts, resources: { limits: { cpu: running } } }],
  },
});
type Posted = {
  authorization: string | undefined;
  host: string | undefined;
  alerts: { status: string; endsAt: string; labels: Record<string, string> }[];
};

describe("verifyFlow", () => {
  let server: Server;
  let answers: number;
  let posted: Posted[];
  before(async () => {
    server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.once("end", () => {
        const { alerts } = JSON.parse(body) as Pick<Posted, "alerts">;
        posted.push({
          authorization: request.headers.authorization,
          host: request.headers.host,
          alerts,
        });
        response.writeHead(answers).end();
      });
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
  });
  after(() => {
    server.close();
    server.closeAllConnections();
  });
  beforeEach(() => {
    answers = 200;
    posted = [];
  });

  /** Walks with a cluster that is as the first list says, then as the next, and stays as the last. */
  async function walk(
    lists: Pod[][],
    timeoutMs = 10_000,
  ): Promise<{ fault: string | null; stages: string[] }> {
    let looked = 0;
    const stages: string[] = [];
    const { port } = server.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}/alerts`;
    const fault = await verifyFlow({
      listPods: () => Promise.resolve(lists[Math.min(looked++, lists.length - 1)] ?? []),
      door: () => Promise.resolve({ url, host: "alert-source.vigie.localhost", token: "secret" }),
      say: (line) => stages.push(line.replace(/ +\d+ ms .*/, "")),
      timeoutMs,
      pollMs: 5,
    });
    return { fault, stages };
  }
  const begun = [pod({})];
  const labelled = [pod({ load: "high" })];
  const asked = [pod({ load: "high", limit: "818m" })];
  const carriedOut = [pod({ load: "high", limit: "818m", running: "818m" })];

  it("passes when label, size and the kubelet's word have come, and turns the alert off", async () => {
    const { fault, stages } = await walk([[], begun, labelled, asked, carriedOut]);
    assert.equal(fault, null);
    assert.deepEqual(stages, [
      "ready",
      "accepted",
      "labelled",
      "resized",
      "carried out",
      "resolved",
    ]);
    assert.deepEqual(
      posted.map(({ alerts }) => alerts[0]?.status),
      ["firing", "resolved"],
    );
    for (const { authorization, host, alerts } of posted) {
      assert.equal(authorization, "Bearer secret");
      assert.equal(host, "alert-source.vigie.localhost");
      assert.deepEqual(alerts[0]?.labels, {
        alertname: "PodLoadHigh",
        load: "high",
        resource: "cpu",
        namespace: "shop",
        pod: "verify-1",
      });
    }
  });

  it("fails by the name of the stage that did not come", async () => {
    const missing: [Pod[][], RegExp][] = [
      [[[]], /a ready pod app=verify/],
      [[begun], /the label vigie\.dev\/load=high/],
      [[begun, labelled], /another limit than 400m/],
      [[begun, asked], /the kubelet's word/],
    ];
    for (const [lists, message] of missing) {
      const { fault } = await walk(lists, 100);
      assert.match(fault ?? "", /^waited 0\.1 s in vain for /);
      assert.match(fault ?? "", message);
    }
  });

  it("waits for a pod that is ready and not on its way out", async () => {
    const unready = pod({});
    unready.status.conditions = [{ type: "Ready", status: "False" }];
    const leaving = pod({ uid: "0" });
    leaving.metadata.deletionTimestamp = "2026-11-21T00:00:00Z";
    const { fault, stages } = await walk([[unready], [leaving, unready], begun, carriedOut]);
    assert.equal(fault, null);
    assert.equal(stages[0], "ready");
  });

  it("fails when another pod has taken its place, or it was restarted", async () => {
    assert.match(
      (await walk([begun, [pod({ uid: "2" })]])).fault ?? "",
      /replaced, not resized in place/,
    );
    assert.match((await walk([begun, [pod({ restarts: 1 })]])).fault ?? "", /was restarted/);
  });

  it("fails with the status that alert-source answers", async () => {
    answers = 401;
    const { fault, stages } = await walk([begun]);
    assert.deepEqual([fault, stages], ["alert-source answered 401", ["ready"]]);
  });
});
