import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { setTimeout as delay } from "node:timers/promises";
import { coldFunctions, type ColdFunction } from "./cold-functions.ts";
import { freePort, median, spawnContender, stop, untilListening } from "./contender.ts";
import { cpuMilliseconds } from "./cpu-time.ts";

/**
 * `npm run bench:resident [-- --rounds 3 --events 150]`: what a function's resource requests must
 * cover. Each function of dist/ with the Node options of its manifest: MiB resident after its start;
 * after `/metrics`, a 404 and that many events that it does; at its peak; and the CPU of one event.
 * Linux only.
 */
const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    events: { type: "string", default: "150" },
  },
});
const events = Number(values.events);
/** For what is loaded after an answer: the log, mostly. */
const SETTLE_MS = 300;

type Resident = { startMiB: number; workedMiB: number; peakMiB: number; cpuMs: number };

function memoryMiB(pid: number, name: "VmRSS" | "VmHWM"): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status)?.[1]) / 1024;
}

async function residentOf({ step, env, event }: ColdFunction): Promise<Resident> {
  const manifest = readFileSync(join(import.meta.dirname, `../knative/base/${step}.yaml`), "utf8");
  const [, NODE_OPTIONS = ""] = /name: NODE_OPTIONS\n +value: (.*)/.exec(manifest) ?? [];
  const port = await freePort();
  const script = join("..", "dist", `${step}.cjs`);
  const child = spawnContender({ name: step, script, env: { ...env, NODE_OPTIONS } }, port);
  const pid = child.pid ?? 0;
  const send = async (): Promise<void> => {
    const { path, headers, body } = event();
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
      method: "POST",
      headers,
      body,
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${step} answered ${answer.status}: ${text}`);
  };
  try {
    await untilListening(port, child);
    await delay(SETTLE_MS);
    const startMiB = memoryMiB(pid, "VmRSS");
    for (const path of ["/metrics", "/no-such-page"]) {
      await (await fetch(`http://127.0.0.1:${port}${path}`)).text();
    }
    await send();
    await delay(SETTLE_MS);
    const begunMs = cpuMilliseconds(pid);
    for (let count = 1; count < events; count += 1) await send();
    const cpuMs = (cpuMilliseconds(pid) - begunMs) / (events - 1);
    return {
      startMiB,
      workedMiB: memoryMiB(pid, "VmRSS"),
      peakMiB: memoryMiB(pid, "VmHWM"),
      cpuMs,
    };
  } finally {
    await stop(child);
  }
}

const functions = await coldFunctions();
try {
  process.stdout.write(`MiB after the start, after ${events} events, at most; CPU of an event\n`);
  for (const entry of functions.entries) {
    const rounds: Resident[] = [];
    for (let round = 0; round < Number(values.rounds); round += 1) {
      rounds.push(await residentOf(entry));
    }
    const shown = (of: keyof Resident): string =>
      median(rounds.map((each) => each[of]))
        .toFixed(of === "cpuMs" ? 2 : 0)
        .padStart(7);
    process.stdout.write(
      `  ${entry.step.padEnd(16)}${shown("startMiB")}${shown("workedMiB")}${shown("peakMiB")}${shown("cpuMs")} ms\n`,
    );
  }
} finally {
  await functions.close();
}
