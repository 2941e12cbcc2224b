import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { compileCode } from "./compile-code.ts";

/** Nobody listens on "discard": a function that is only warmed reaches nobody. */
const NOWHERE = "http://127.0.0.1:9";
/** Two seconds for all of them together on two idle cores, more than 15 beside a load of 30. */
const WARM_UP_MS = 120_000;
/** Loads the tracer, which is not in the bundle, and makes it send nothing. */
const TRACING = { OTEL_EXPORTER_OTLP_ENDPOINT: NOWHERE, OTEL_TRACES_EXPORTER: "none" };
/** Where what is loaded late is loaded: the log after an event, metrics, express. */
const LATE_PATHS = ["/metrics", "/no-such-page"];

/**
 * Makes `.cache` beside each script, as `build-bundles.ts` writes them: starts each once and asks
 * what makes it load its late parts. V8 writes the compiled code when the process ends.
 * @throws Error when a script does not start, takes two minutes, or leaves no cache.
 */
export async function warmCache(scripts: readonly string[]): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "vigie-build-"));
  try {
    const kubeconfig = join(folder, "kubeconfig");
    await writeFile(kubeconfig, JSON.stringify(KUBECONFIG));
    // Nothing of the builder's own environment: no cluster, no sink, no options for Node.
    const env = { PORT: "0", K_SINK: NOWHERE, KUBECONFIG: kubeconfig, HOME: folder, ...TRACING };
    await Promise.all(scripts.map((script) => warm(script, env)));
  } finally {
    await rm(folder, { recursive: true });
  }
  for (const folder of new Set(scripts.map((script) => dirname(script)))) {
    const bundles = (await readdir(join(folder, "lib"))).filter((name) => name.endsWith(".cjs"));
    for (const bundle of bundles) {
      const code = `${basename(bundle, ".cjs")}-${process.version}-${process.arch}.code`;
      await compileCode(join(folder, "lib", bundle), join(folder, ".cache", code));
    }
  }
  for (const script of scripts) {
    const cache = join(dirname(script), ".cache");
    const version = (await readdir(cache).catch(() => [])).find((name) => !name.endsWith(".code"));
    const entries = version === undefined ? [] : await readdir(join(cache, version));
    const beside = scripts.filter((other) => dirname(other) === dirname(script));
    if (entries.length < beside.length) {
      throw new Error(`the compile cache of ${script} was not written`);
    }
  }
}

const KUBECONFIG = {
  apiVersion: "v1",
  kind: "Config",
  clusters: [{ name: "nowhere", cluster: { server: NOWHERE } }],
  users: [{ name: "nobody", user: {} }],
  contexts: [{ name: "none", context: { cluster: "nowhere", user: "nobody" } }],
  "current-context": "none",
};

async function warm(script: string, env: Record<string, string>): Promise<void> {
  const child = spawn(process.execPath, [script], { env, stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(child, "exit");
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    child.kill("SIGKILL");
  }, WARM_UP_MS);
  try {
    for await (const line of createInterface(child.stdout)) {
      const { msg, port } = JSON.parse(line) as { msg: string; port?: number };
      if (msg !== "listening") continue;
      const url = `http://127.0.0.1:${port}`;
      // Refused by every function; being refused takes the same way in.
      await fetch(url, { method: "POST", headers: UNKNOWN_EVENT, body: "{}" });
      for (const path of LATE_PATHS) await fetch(`${url}${path}`);
      child.kill("SIGTERM");
    }
    const [code] = (await exited) as [number | null];
    if (code !== 0) throw new Error(`it ended with ${code}`);
  } catch (error) {
    const late = isLate ? `not within ${WARM_UP_MS / 1_000} s` : (error as Error).message;
    throw new Error(`${script} could not be warmed: ${late}`, { cause: error });
  } finally {
    clearTimeout(timer);
    child.kill("SIGKILL");
  }
}

const UNKNOWN_EVENT = {
  "content-type": "application/json",
  "ce-specversion": "1.0",
  "ce-id": "warm-up",
  "ce-source": "/vigie/build",
  "ce-type": "dev.vigie.build.warmed.v1",
  "ce-time": "2026-11-21T00:00:00.000Z",
};
