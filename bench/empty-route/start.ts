import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { Agent, request } from "node:http";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { freePort, stop } from "../contender.ts";
import { cpuMilliseconds } from "../cpu-time.ts";

/** Who sends: as in our processes, or undici everywhere. */
export type Clients = "ours" | "undici";

/**
 * The route of an alert without its code: the same processes, bodies and HTTP exchanges, no disk, no
 * log, nothing read or checked. What it takes no implementation of this route can go below.
 */
export type EmptyRoute = {
  /** Sends fact `number` to the gateway. A repeat reads its pod where the others write it. */
  send(body: string, number: number, isRepeat: boolean): Promise<void>;
  /** Resolves when so many facts have gone all the way. */
  untilHandled(facts: number): Promise<void>;
  /** Milliseconds on a CPU of each process so far. */
  cpu(): Map<string, number>;
  stop(): Promise<void>;
};

const child = join(import.meta.dirname, "child.ts");
/** Of `npm run dev` and of the functions' manifests. */
const YOUNG_SPACE_MB = { runtime: 8, "alert-source": 4, "alert-handle": 4, console: 4 };
type Role = keyof typeof YOUNG_SPACE_MB;

export async function startEmptyRoute(kubeUrl: string, clients: Clients): Promise<EmptyRoute> {
  const started = new Map<Role, ChildProcess>();
  const ports = {
    broker: await freePort(),
    gateway: await freePort(),
    source: await freePort(),
    handle: await freePort(),
    console: await freePort(),
  };
  const url = (port: number): string => `http://127.0.0.1:${port}`;

  async function start(role: Role, own: readonly number[], urls: readonly string[]): Promise<void> {
    const heap = `--max-semi-space-size=${YOUNG_SPACE_MB[role]}`;
    const spawned = spawn(process.execPath, [heap, child, role, clients, own.join(), ...urls], {
      env: { ...process.env, MALLOC_ARENA_MAX: "1" },
      stdio: ["ignore", "pipe", "inherit"],
    });
    started.set(role, spawned);
    const ended = once(spawned, "exit").then(() => {
      throw new Error(`${role} of the empty route ended`);
    });
    ended.catch(() => undefined);
    await Promise.race([once(spawned.stdout, "data"), ended]);
  }
  await start("console", [ports.console], []);
  await start("alert-handle", [ports.handle], [kubeUrl]);
  await start("alert-source", [ports.source], [url(ports.broker)]);
  await start(
    "runtime",
    [ports.broker, ports.gateway],
    [ports.source, ports.handle, ports.console].map(url),
  );
  const agent = new Agent({ keepAlive: true });
  const ask = (port: number, method: string, headers: Record<string, string>, body: string) =>
    new Promise<string>((done, failed) => {
      const target = { host: "127.0.0.1", port, path: "/alerts", method };
      const sent = request({ ...target, headers, agent }, (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
        response.once("end", () => {
          if (response.statusCode === 200) done(text);
          else failed(new Error(`the empty route answered ${response.statusCode}`));
        });
      });
      sent.once("error", failed).end(body);
    });
  return {
    async send(body, number, isRepeat) {
      const headers = {
        "content-type": "application/json",
        "content-length": String(Buffer.byteLength(body)),
        "x-fact": String(number),
        "x-repeat": isRepeat ? "1" : "0",
      };
      await ask(ports.gateway, "POST", headers, body);
    },
    async untilHandled(facts) {
      while (Number(await ask(ports.broker, "GET", {}, "")) < facts) await delay(20);
    },
    cpu: () => new Map([...started].map(([role, { pid }]) => [role, cpuMilliseconds(pid ?? 0)])),
    async stop() {
      agent.destroy();
      await Promise.all([...started.values()].map(stop));
    },
  };
}
