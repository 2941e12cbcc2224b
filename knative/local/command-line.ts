import { join, relative } from "node:path";
import { ArgumentError, HELP, readArguments } from "./arguments.ts";
import { gatherWrites } from "./gathered-writes.ts";
import { createJsonOutput } from "./json-output.ts";
import { type Runtime, startRuntime } from "./runtime.ts";
import { StartError } from "./start-error.ts";
import { createTextOutput } from "./text-output.ts";

/** Everything in flight has ended long before, or never will. */
const CLOSE_LIMIT_MS = 10_000;

const project = join(import.meta.dirname, "..", "..");
let runtime: Runtime | null = null;
let isEnding = false;

async function run(): Promise<void> {
  const base = relative(process.cwd(), join(project, "knative", "base")) || ".";
  const args = readArguments(process.argv.slice(2), base);
  if (args === null) {
    process.stdout.write(HELP);
    return;
  }
  const { write, flush } = gatherWrites((text) => void process.stdout.write(text));
  process.once("exit", flush);
  const hasColours = process.stdout.isTTY && process.env["NO_COLOR"] === undefined;
  const output = args.json ? createJsonOutput(write) : createTextOutput(write, hasColours);
  const places = {
    workingFolder: process.cwd(),
    distFolder: join(project, "dist"),
    monitoringFolder: join(project, "prometheus"),
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, end);
  // `npm run dev | head`: who reads no more wants no more.
  process.stdout.on("error", () => {
    if (!isEnding) end();
  });
  runtime = await startRuntime(args, output, places);
  if (isEnding) await close(runtime);
}

/** The first signal ends in order, a second one at once. */
function end(): void {
  if (isEnding) process.exit(130);
  isEnding = true;
  if (runtime !== null) void close(runtime);
}

async function close(running: Runtime): Promise<void> {
  setTimeout(() => process.exit(1), CLOSE_LIMIT_MS).unref();
  await running.close();
  process.exit(0);
}

run().catch((error: unknown) => {
  const isClear = error instanceof ArgumentError || error instanceof StartError;
  const text = isClear ? error.message : `unexpected: ${(error as Error).stack}`;
  process.stderr.write(`${text}\n`);
  process.exit(1);
});
