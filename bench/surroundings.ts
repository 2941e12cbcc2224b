import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Pod } from "../functions/resource-patch/pod-facts.ts";
import { createRecent } from "../shared/kube/recent.ts";
import { readSurroundings } from "../functions/resource-patch/surroundings/read-surroundings.ts";
import { createKubeClient } from "../shared/kube/connect.ts";
import { spawnCluster } from "./big-cluster.ts";

/**
 * `node bench/surroundings.ts [--pods 5000] [--rounds 15]`: how long it takes to read what is around
 * a pod: by a new client, that knows nothing yet, and by the same client right after.
 */
const { values } = parseArgs({
  options: {
    pods: { type: "string", default: "5000" },
    rounds: { type: "string", default: "15" },
  },
});
const folder = mkdtempSync(join(tmpdir(), "vigie-bench-"));
const cluster = await spawnCluster(Number(values.pods));
const config = {
  apiVersion: "v1",
  kind: "Config",
  "current-context": "bench",
  clusters: [{ name: "bench", cluster: { server: cluster.url } }],
  users: [{ name: "bench", user: {} }],
  contexts: [{ name: "bench", context: { cluster: "bench", user: "bench" } }],
};
const file = join(folder, "kubeconfig");
writeFileSync(file, JSON.stringify(config));

const median = (list: number[]) => list.toSorted((a, b) => a - b)[list.length >> 1] ?? Number.NaN;
const first: number[] = [];
const next: number[] = [];
let unknown = 0;
try {
  const answer = await fetch(`${cluster.url}/api/v1/pods?limit=1`);
  const { items } = (await answer.json()) as { items: Pod[] };
  const [pod] = items;
  if (pod === undefined) throw new Error("the cluster has no pod");
  const { namespace, name } = pod.metadata;
  const owner = { apiVersion: "v1", kind: "Pod", namespace, name };
  for (let round = 0; round < Number(values.rounds); round += 1) {
    const kube = createKubeClient({ env: { KUBECONFIG: file } });
    const recent = createRecent();
    for (const times of [first, next]) {
      const startedMs = performance.now();
      const { otherNodesFree } = await readSurroundings({ kube, recent }, pod, {
        owner,
        mayMove: true,
      });
      if (otherNodesFree === null) unknown += 1;
      times.push(performance.now() - startedMs);
    }
    await kube.close();
  }
} finally {
  await cluster.stop();
  rmSync(folder, { recursive: true });
}
const show = (ms: number) => `${ms.toFixed(1)} ms`;
process.stdout.write(
  `${values.pods} pods: first ${show(median(first))}, right after ${show(median(next))}; other nodes unknown in ${unknown} of ${2 * first.length}\n`,
);
