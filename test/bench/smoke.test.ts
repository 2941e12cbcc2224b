import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { isInstalled } from "../e2e/runtime.ts";
import { withCompileCache } from "../compile-cache.ts";

const BENCH = join(import.meta.dirname, "../../bench");

type Bench = { script: string; options: string; prints: RegExp; needs?: "kubectl" };

/**
 * With as little as each can do, and a figure that it must print. What these figures are is nobody's
 * promise: a bench that is never run is broken by the next change of what it measures.
 */
const BENCHES: readonly Bench[] = [
  {
    script: "serve.ts",
    options: "--starts=1 --rounds=1 --seconds=0.05 --warm-up=0.05 --only=node:http,serve.ts",
    prints: /binary → reply\n.*bare.*\n +vigie serve\.ts +[\d,]+ events\/s +\d+\.\d\d/,
  },
  {
    script: "cold.ts",
    options: "--rounds=1 --only=number-emit",
    prints: /number-emit +[\d.]+ ms +\d+\.\d\d/,
  },
  {
    script: "broker.ts",
    options: "--rounds=1 --seconds=0.05 --warm-up=0.05 --only=proxy,1_trigger",
    prints: /stored: 1 trigger +[\d,]+ +\d+\.\d\d/,
  },
  { script: "filters.ts", options: "--rounds=1", prints: /[\d.]+ M\/s {2}type = / },
  {
    script: "label-scan.ts",
    options: "--pods=200 --rounds=1",
    prints: /label-scan, from zero +[\d.]+ +[\d.]+×/,
    needs: "kubectl",
  },
  { script: "storm.ts", options: "--pods=20", prints: /wrong label +0\n/ },
  { script: "chain.ts", options: "--warm=1 --cold=1", prints: /resize accepted +\d+ +\d+/ },
  { script: "activator.ts", options: "--rounds=1", prints: /number-emit\n +median +own [\d.]+ ms/ },
  { script: "decide.ts", options: "--rounds=1", prints: /as JSON +median [\d.]+ ms/ },
  { script: "advice.ts", options: "--rounds=1", prints: /first: both +fastest [\d.]+ ms/ },
  {
    script: "surroundings.ts",
    options: "--pods=50 --rounds=1",
    prints: /50 pods: first [\d.]+ ms/,
  },
];

describe("bench", () => {
  for (const { script, options, prints, needs } of BENCHES) {
    it(`${script} measures what it says`, async function () {
      if (needs !== undefined && !isInstalled(needs)) this.skip();
      this.timeout(120_000);
      const args = options.split(" ").map((option) => option.replaceAll("_", " "));
      const child = spawn(process.execPath, [join(BENCH, script), ...args], {
        env: { ...process.env, ...withCompileCache },
        stdio: ["ignore", "pipe", "pipe"],
      });
      try {
        const [out, faults] = await Promise.all([text(child.stdout), text(child.stderr)]);
        if (child.exitCode === null) await once(child, "exit");
        assert.equal(child.exitCode, 0, faults);
        assert.match(out, prints);
      } finally {
        child.kill("SIGKILL");
      }
    });
  }
});
