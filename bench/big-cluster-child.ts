import { once } from "node:events";
import { startCluster } from "../knative/local/cluster/start.ts";
import { parseScenario } from "../knative/local/cluster/scenario.ts";
import { bigPods } from "./big-pods.ts";

/** A simulated cluster with as many pods as the argument says; prints its URL when they are there. */
const count = Number(process.argv[2]);
const nodes = Array.from({ length: 20 }, (_, index) => ({
  name: `node-${index}`,
  cpu: "20000",
  memory: "100Ti",
  pods: 10_000,
}));
const cluster = await startCluster({
  port: 0,
  scenario: parseScenario({ nodes, objects: bigPods(count) }),
});
process.stdout.write(`${cluster.url}\n`);
await once(process, "SIGTERM");
await cluster.close();
