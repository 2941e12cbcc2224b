import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { postEvent, send } from "./http.ts";
import { childrenOf, isInstalled, type Runtime, startRuntime, waitFor } from "./runtime.ts";

const CLOCK = "/apis/v1/namespaces/vigie/pingsources/number-clock";
type Numbers = { numbers: { value: number; latencyMs: number | null; missing: string[] }[] };

describe("numbers on two machines", function () {
  this.timeout(90_000);
  let vigie: Runtime;
  let ticks = 0;
  const startMs = Date.now() - 60_000;

  before(async () => {
    vigie = await startRuntime("--no-clock", "--window", "6");
  });
  after(() => vigie?.stop());

  const tick = async () => {
    ticks += 1;
    const time = new Date(startMs + ticks * 1_000).toISOString();
    const ping = { id: `tick-${ticks}`, type: "dev.knative.sources.ping", source: CLOCK, time };
    assert.equal((await postEvent(vigie.broker, ping, {})).status, 202);
  };
  const numbersOf = async (machine: string) => {
    const { url, host } = vigie.door(machine, "/numbers");
    const { status, body } = await send(url, { host });
    // Asked of a process that has just been killed, the gateway answers 502.
    if (status !== 200) return [];
    const { numbers } = JSON.parse(body) as Numbers;
    return numbers.filter(({ latencyMs }) => latencyMs !== null).map(({ value }) => value);
  };
  const bothHave = (count: number) =>
    waitFor(`${count} numbers on both`, async () => {
      const [one, two] = [await numbersOf("machine-1"), await numbersOf("machine-2")];
      if (one.length < count || two.length < count) return false;
      assert.deepEqual(one, two);
      return true;
    });
  const processOf = (service: string) =>
    descendantsOf(vigie.process.pid as number).find((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, "utf8")
          .split("\0")
          .includes(`K_SERVICE=${service}`);
      } catch {
        return false;
      }
    });

  it("stores the same numbers on both", async () => {
    for (let i = 0; i < 5; i += 1) await tick();
    await bothHave(5);
  });

  it("loses none while one of them is killed", async function () {
    if (process.platform !== "linux") this.skip();
    for (let i = 0; i < 5; i += 1) {
      await tick();
      const pid = processOf("machine-1");
      if (pid !== undefined) killIfThere(pid);
    }
    await bothHave(10);
  });

  it("loses none when both have been at zero", async () => {
    await waitFor("all at zero", () => childrenOf(vigie.process.pid as number).length === 0);
    await tick();
    await bothHave(11);
  });

  it("shows them live in a real browser", async function () {
    if (!isInstalled("chromium")) this.skip();
    const [newest] = await numbersOf("machine-1");
    const page = execFileSync(
      "chromium",
      [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--dump-dom",
        `http://machine-1.vigie.localhost:${vigie.gatewayPort}/`,
      ],
      { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"], timeout: 60_000 },
    );
    assert.match(page, /machine-1/);
    assert.match(page, /<body class="">/);
    assert.ok(page.includes(`>${newest}<`), `the page shows ${newest}`);
  });
});

/** It may have ended since it was found. */
function killIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

function descendantsOf(pid: number): number[] {
  return childrenOf(pid).flatMap((child) => [child, ...descendantsOf(child)]);
}
