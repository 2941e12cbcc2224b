import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, request as requestHttp } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listenOnLoopback } from "../knative/local/serving/listen.ts";
import type { Revision } from "../knative/local/serving/revision.ts";
import { createRunRecords } from "../knative/local/serving/run-records.ts";
import { fixedScale } from "../knative/local/serving/scale-rules.ts";
import { createServing } from "../knative/local/serving/serving.ts";
import { Ping } from "../shared/events/ping.ts";
import { toWire } from "./cold-functions.ts";
import { freePort, median, spawnContender, stop, untilListening } from "./contender.ts";
import { readOptions } from "../shared/command-options.ts";

/**
 * `npm run bench:activator [-- --rounds 15]`: what a cold start through the gateway takes beyond
 * the function's own, which is from spawn to the first event answered by a client that asks each
 * millisecond whether it listens. Both in each round, one after the other. The fastest round says
 * more than the median on a machine that is not idle.
 */
const { values } = readOptions("npm run bench:activator -- [options]", {
  options: { rounds: { type: "string", default: "15" } },
});
const SCRIPTS = { "bare node:http": "peers/bare.cjs", "number-emit": "../dist/number-emit.cjs" };
const HOST = "echo.bench.localhost";
const folder = mkdtempSync(join(tmpdir(), "vigie-bench-"));
const records = await createRunRecords(join(folder, "run"));

let count = 0;
const event = () => {
  const id = `bench-${(count += 1)}`;
  return toWire(Ping.create({ id, time: new Date().toISOString(), data: {} }));
};

process.stdout.write(`cold start, ${values.rounds} rounds, node ${process.version}\n`);
try {
  for (const [name, script] of Object.entries(SCRIPTS)) {
    if (!existsSync(join(import.meta.dirname, script))) {
      process.stderr.write(`not built: ${name}: npm run build\n`);
      process.exitCode = 1;
      continue;
    }
    const own: number[] = [];
    const through: number[] = [];
    for (let round = -1; round < Number(values.rounds); round += 1) {
      // Each first in turn: what the one before leaves behind is nobody's own.
      const early = round % 2 === 0 ? await ownStart(name, script) : null;
      const throughMs = await activatedStart(script);
      const ownMs = early ?? (await ownStart(name, script));
      // The first round fills the page cache.
      if (round < 0) continue;
      own.push(ownMs);
      through.push(throughMs);
    }
    process.stdout.write(`  ${name}\n`);
    for (const [figure, of] of Object.entries({ median, fastest })) {
      const [ownMs, throughMs] = [of(own), of(through)];
      const texts = [ownMs, throughMs, throughMs - ownMs].map((ms) => `${ms.toFixed(1)} ms`);
      process.stdout.write(
        `    ${figure.padEnd(8)} own ${texts[0]}, through the activator ${texts[1]}, added ${texts[2]}\n`,
      );
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function fastest(times: readonly number[]): number {
  return Math.min(...times);
}

async function ownStart(name: string, script: string): Promise<number> {
  const port = await freePort();
  const startedMs = performance.now();
  const child = spawnContender({ name, script }, port);
  try {
    await untilListening(port, child);
    await post(port, `127.0.0.1:${port}`);
    return performance.now() - startedMs;
  } finally {
    await stop(child);
  }
}

async function activatedStart(script: string): Promise<number> {
  const serving = createServing({
    records,
    logsFolder: join(folder, "logs"),
    gatewayPort: () => 0,
    onEvent: () => undefined,
  });
  const [gateway, other] = [serving.gateway(), createServer()];
  const port = await listenOnLoopback(gateway, other, 0);
  try {
    serving.run([{ revision: revisionOf(script) }]);
    const startedMs = performance.now();
    await post(port, HOST);
    return performance.now() - startedMs;
  } finally {
    await serving.close(0);
    for (const server of [gateway, other]) server.close();
  }
}

function revisionOf(script: string): Revision {
  return {
    namespace: "bench",
    service: "echo",
    name: "echo-00001",
    command: [process.execPath, join(import.meta.dirname, script)],
    env: { PATH: process.env["PATH"] ?? "", NODE_ENV: "production" },
    workingDir: null,
    clusterLocal: false,
    containerConcurrency: 0,
    timeoutMs: 60_000,
    responseStartTimeoutMs: null,
    idleTimeoutMs: null,
    graceMs: 0,
    scale: { ...fixedScale(1), minScale: 0 },
    probe: { kind: "tcp" },
    startup: null,
    liveness: null,
    emptyDirs: [],
  };
}

function post(port: number, host: string): Promise<void> {
  const { headers, body } = event();
  return new Promise((done, failed) => {
    const sent = requestHttp({
      host: "127.0.0.1",
      port,
      method: "POST",
      headers: { ...headers, host },
      agent: false,
    });
    sent.once("error", failed);
    sent.once("response", (response) => {
      const status = response.statusCode ?? 0;
      response.resume().once("end", () => {
        if (status >= 200 && status < 300) done();
        else failed(new Error(`answered ${status}`));
      });
    });
    sent.end(body);
  });
}
