import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

/** Starts a simulated cluster of `count` pods in a process of its own, so that it costs nobody else's time. */
export async function spawnCluster(
  count: number,
): Promise<{ url: string; pid: number; stop(): Promise<void> }> {
  const script = join(import.meta.dirname, "big-cluster-child.ts");
  const args = ["--max-old-space-size=8192", script, String(count)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(child, "exit");
  const ended = exited.then(([code]) => {
    throw new Error(`the cluster ended with ${code}`);
  });
  const [chunk] = (await Promise.race([once(child.stdout, "data"), ended])) as [Buffer];
  ended.catch(() => undefined);
  return {
    url: chunk.toString().trim(),
    pid: child.pid ?? 0,
    async stop() {
      child.kill("SIGTERM");
      await exited;
    },
  };
}
