import type { RequestListener, Server } from "node:http";
import type { Cluster, ClusterOptions } from "./cluster/start.ts";
import { createServer } from "./node-http.ts";
import { listenOnLoopback, MAX_HEADER_BYTES, PortTakenError } from "./serving/listen.ts";
import { StartError } from "./start-error.ts";

export type Doors = {
  /** Null when a real cluster is used. */
  cluster: Cluster | null;
  /** No new connections; those that are idle end. */
  stopAccepting: () => void;
  close: () => Promise<void>;
};

/**
 * Opens the broker, the gateway and the simulated Kubernetes API on their ports.
 * @throws StartError with one line for each port that is taken; then none is left open.
 */
export async function openDoors(options: {
  broker: { port: number; handle: RequestListener };
  gateway: { port: number; create: () => Server };
  /** Null: no simulated cluster. */
  cluster: ClusterOptions | null;
}): Promise<Doors> {
  const { broker, gateway } = options;
  const servers = [
    createServer({ maxHeaderSize: MAX_HEADER_BYTES }, broker.handle),
    createServer({ maxHeaderSize: MAX_HEADER_BYTES }, broker.handle),
    gateway.create(),
    gateway.create(),
  ] as const;
  const [first, second, third, fourth] = servers;
  let cluster: Cluster | null = null;
  const close = async () => {
    for (const server of servers) server.close();
    for (const server of servers) server.closeAllConnections();
    await cluster?.close();
  };
  const opened = await Promise.allSettled([
    named("broker", "--port", broker.port, listenOnLoopback(first, second, broker.port)),
    named("gateway", "--gateway-port", gateway.port, listenOnLoopback(third, fourth, gateway.port)),
    options.cluster === null
      ? null
      : named(
          "Kubernetes API",
          "--kube-port",
          options.cluster.port,
          simulate(options.cluster),
        ).then((started) => (cluster = started)),
  ]);
  const faults = opened.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
  if (faults.length === 0) {
    return {
      cluster,
      close,
      stopAccepting() {
        for (const server of servers) server.close();
        for (const server of servers) server.closeIdleConnections();
      },
    };
  }
  await close();
  for (const fault of faults) if (!(fault instanceof StartError)) throw fault;
  throw new StartError(faults.flatMap((fault: StartError) => fault.lines));
}

/** Loaded where it is wanted: beside a real cluster its hundred files would lie in memory for nothing. */
async function simulate(options: ClusterOptions): Promise<Cluster> {
  const { startCluster } = await import("./cluster/start.ts");
  return await startCluster(options);
}

async function named<T>(
  door: string,
  option: string,
  port: number,
  opening: Promise<T>,
): Promise<T> {
  try {
    return await opening;
  } catch (error) {
    const why = refusal(error);
    if (why === null) throw error;
    throw new StartError([`port ${port} ${why} (${door}); choose another with ${option}`], {
      cause: error,
    });
  }
}

/** What a machine says to who asks for a port it can't give; null for anything else. */
function refusal(error: unknown): string | null {
  if (error instanceof PortTakenError) return "is taken";
  const { code } = error as NodeJS.ErrnoException;
  if (code === "EADDRINUSE") return "is taken";
  if (code === "EACCES") return "needs rights that you have not";
  return code === "EADDRNOTAVAIL" ? "is not to be had: this machine has no 127.0.0.1" : null;
}
