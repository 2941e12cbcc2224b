import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type Agent, type IncomingMessage, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { type Activator, createActivator } from "../../../../knative/local/serving/activator.ts";
import { startReplica } from "../../../../knative/local/serving/replica.ts";
import type { Revision, ServiceEvent } from "../../../../knative/local/serving/revision.ts";
import { fixedScale, type ScaleRules } from "../../../../knative/local/serving/scale-rules.ts";
import { createRunRecords } from "../../../../knative/local/serving/run-records.ts";

/** A server that answers with what it was asked; the shell of most programs here. */
export const ECHO = `
const http = require("node:http");
const server = http.createServer((req, res) => {
  const chunks = [];
  req.on("data", (chunk) => chunks.push(chunk));
  req.on("end", () => {
    const body = Buffer.concat(chunks).toString();
    res.setHeader("content-type", "application/json");
    res.end(JSON.stringify({ pid: process.pid, method: req.method, url: req.url, headers: req.rawHeaders, body, env: process.env, argv: process.argv.slice(2) }));
  });
});
server.listen(process.env.PORT);
process.once("SIGTERM", () => server.close());
`;

/** Folder of a test; `end` stops what was opened in it and removes it. */
export class Workshop {
  readonly folder = mkdtempSync(join(tmpdir(), "vigie-serving-"));
  readonly events: ServiceEvent[] = [];
  readonly #activators: Activator[] = [];
  #count = 0;

  program(source: string): [string, string] {
    this.#count += 1;
    const file = join(this.folder, `program-${this.#count}.cjs`);
    writeFileSync(file, source);
    return [process.execPath, file];
  }

  revision(source: string, overrides: Partial<Revision> = {}): Revision {
    return {
      namespace: "lab",
      service: "echo",
      name: "echo-00001",
      command: this.program(source),
      env: { PATH: process.env["PATH"] ?? "" },
      clusterLocal: false,
      containerConcurrency: 0,
      // Of which the start of a process takes its part: no fact to hold a busy machine to.
      timeoutMs: 60_000,
      responseStartTimeoutMs: null,
      idleTimeoutMs: null,
      graceMs: overrides.timeoutMs ?? 10_000,
      workingDir: null,
      startup: null,
      liveness: null,
      scale: rules(),
      probe: { kind: "tcp" },
      emptyDirs: [],
      ...overrides,
    };
  }

  activator(revision: Revision): Activator {
    const records = createRunRecords(join(this.folder, "run"));
    const activator = createActivator(
      revision,
      async () => startReplica(revision, await records, () => undefined),
      (event) => this.events.push(event),
    );
    this.#activators.push(activator);
    return activator;
  }

  states(): string[] {
    return this.events.map(({ state }) => state);
  }

  async end(): Promise<void> {
    await Promise.all(this.#activators.map((activator) => activator.close(500)));
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** At most one process, none after a minute: what most tests want. */
export const rules = (overrides: Partial<ScaleRules> = {}): ScaleRules => ({
  ...fixedScale(1),
  minScale: 0,
  ...overrides,
});

export const never = new AbortController().signal;

export type Seen = { status: number; headers: IncomingMessage["headers"]; body: string };

/** One request to 127.0.0.1. Rejects when the connection breaks. */
export function ask(
  port: number,
  options: {
    host?: string;
    path?: string;
    method?: string;
    headers?: Record<string, string>;
    body?: string;
    agent?: Agent;
  } = {},
): Promise<Seen> {
  const { host = "127.0.0.1", path = "/", method = "GET", headers = {}, body } = options;
  return new Promise((done, failed) => {
    const outgoing = request({
      host: "127.0.0.1",
      port,
      path,
      method,
      headers: { ...headers, host },
      agent: options.agent ?? false,
    });
    outgoing.once("error", failed);
    outgoing.once("response", (response) => {
      text(response).then(
        (read) => done({ status: response.statusCode ?? 0, headers: response.headers, body: read }),
        failed,
      );
    });
    outgoing.end(body);
  });
}

/** Polls until `fact` holds; fails by name. */
export async function until(
  name: string,
  fact: () => boolean | Promise<boolean>,
  timeoutMs = 60_000,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await fact())) {
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain for: ${name}`);
    await new Promise((done) => setTimeout(done, 5));
  }
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
