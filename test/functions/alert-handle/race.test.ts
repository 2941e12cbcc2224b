import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LEDGER, parseLedger } from "../../../shared/pod-alerts/ledger.ts";
import { parseScenario } from "../../../knative/local/cluster/scenario.ts";
import { type Cluster, startCluster } from "../../../knative/local/cluster/start.ts";
import { AlertFired, AlertResolved } from "../../../shared/events/alert.ts";
import { postEvent } from "../../e2e/http.ts";
import { type RunningFunction, runFunction } from "../run-function.ts";

const scenario = parseScenario({
  nodes: [{ name: "minikube" }],
  namespaces: [{ name: "default" }, { name: "shop" }],
  workloads: [
    {
      kind: "Pod",
      namespace: "shop",
      name: "cart",
      containers: [{ name: "app", image: "nginx:1.29", limits: { cpu: "100m", memory: "64Mi" } }],
    },
  ],
});

/** Twelve facts of four alerts, about both resources; the newest of each resource has ended. */
const facts = Array.from({ length: 12 }, (_, index) => {
  const resource = index % 2 === 0 ? "cpu" : "memory";
  const load = ["low", "moderate", "high"][index % 3] as string;
  const startsAt = `2026-11-20T11:${String(index + 10)}:00.000Z`;
  const ended = index >= 10;
  return {
    id: `fact-${index}`,
    type: ended ? AlertResolved.type : AlertFired.type,
    data: {
      alertname: `Rule${index % 4}`,
      labels: { alertname: `Rule${index % 4}`, resource, load, namespace: "shop", pod: "cart" },
      annotations: {},
      percent: null,
      fingerprint: `000000000000000${index % 4}`,
      startsAt,
      endsAt: ended ? `2026-11-20T11:${index + 11}:30.000Z` : null,
    },
  };
});

function at(index: number) {
  const fact = facts[index % facts.length];
  assert.ok(fact);
  return fact;
}

describe("two alert-handles and one pod", function () {
  this.timeout(30_000);
  let cluster: Cluster;
  let folder: string;
  let handlers: RunningFunction[] = [];

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "vigie-race-"));
    cluster = await startCluster({ port: 0, scenario });
    const kubeconfig = join(folder, "kubeconfig");
    writeFileSync(kubeconfig, cluster.kubeconfig());
    handlers = await Promise.all(
      [1, 2].map(() => runFunction("alert-handle", { KUBECONFIG: kubeconfig })),
    );
  });
  after(async () => {
    await Promise.all(handlers.map((handler) => handler.stop()));
    await cluster?.close();
    rmSync(folder, { recursive: true });
  });

  const metadata = () => cluster.get("v1", "Pod", "shop", "cart")?.metadata;
  /** As the broker does it: again while the answer is 503. */
  const deliver = async (handler: RunningFunction, { id, type, data }: (typeof facts)[number]) => {
    for (;;) {
      const { status, body } = await postEvent(handler.url, { id, type }, data);
      if (status < 300) return;
      assert.equal(status, 503, body);
    }
  };
  const clear = async () => {
    const answer = await fetch(`${cluster.url}/api/v1/namespaces/shop/pods/cart`, {
      method: "PATCH",
      headers: { "content-type": "application/merge-patch+json" },
      body: JSON.stringify({
        metadata: {
          labels: { "vigie.dev/load": null, "vigie.dev/memory": null },
          annotations: { [LEDGER]: null },
        },
      }),
    });
    assert.equal(answer.status, 200);
  };
  const result = () => {
    const { labels = {}, annotations = {} } = metadata() ?? {};
    const ledger = parseLedger(annotations[LEDGER]);
    assert.ok(ledger);
    return { labels, cpu: ledger.cpu.facts, memory: ledger.memory.facts };
  };

  it("end as one does that gets the facts in order, however they race", async () => {
    const [first, second] = handlers as [RunningFunction, RunningFunction];
    for (const each of facts) await deliver(first, each);
    const expected = result();
    for (const offset of [0, 5, 7]) {
      await clear();
      // Both get every fact, at once, each in another order.
      await Promise.all([
        ...facts.map((_, index) => deliver(first, at(index + offset))),
        ...facts.map((_, index) => deliver(second, at(23 - index - offset))),
      ]);
      assert.deepEqual(result(), expected);
    }
  });
});
