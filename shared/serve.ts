import type * as z from "zod/mini";
import { type BaseEnv, readEnv } from "./config.ts";
import type { FunctionSpec } from "./function.ts";
import { createFunctionServer, type FunctionServer } from "./function-server.ts";
import { createLogger, type Logger, type ProcessLogger } from "./log.ts";
import { openTracer } from "./trace/open-tracer.ts";

type Parts = Omit<FunctionSpec, "name" | "log" | "tracer">;

/**
 * Runs a function as a process: reads the environment, builds, listens on PORT, and on SIGTERM or
 * SIGINT stops listening, finishes what has begun, closes, and exits 0 (a second signal: at once).
 * Whatever keeps it from starting is said on stderr, and it exits 1.
 */
export function start<S extends z.ZodMiniType<BaseEnv>>(
  name: string,
  env: S,
  build: (context: { env: z.output<S>; log: Logger }) => Parts | Promise<Parts>,
): void {
  run(name, env, build).catch((error: unknown) => {
    process.stderr.write(`${name}: cannot start: ${faultOf(error)}\n`);
    process.exit(1);
  });
}

async function run<S extends z.ZodMiniType<BaseEnv>>(
  name: string,
  envSchema: S,
  build: (context: { env: z.output<S>; log: Logger }) => Parts | Promise<Parts>,
): Promise<void> {
  const env = readEnv(envSchema);
  const log = createLogger(env.K_SERVICE ?? name, env.LOG_LEVEL);
  logWarnings(log);
  const [parts, tracer] = await Promise.all([
    build({ env, log }),
    openTracer(env.K_SERVICE ?? name, log),
  ]);
  const server = createFunctionServer({ ...parts, name, log, tracer });
  await listen(server, env.PORT, env.HOST);
  log.info({ port: portOf(server) }, "listening");
  stopOnSignal(server, log);
}

/** Node's own warnings are lines of the log as well: left to Node each is two of plain text, and a client may cause them. */
function logWarnings(log: Logger): void {
  process.removeAllListeners("warning").on("warning", (warning) => {
    log.warn({ err: warning }, "warning");
  });
}

function listen({ http }: FunctionServer, port: number, host: string | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    http.once("error", reject);
    http.listen({ port, host }, () => {
      http.off("error", reject);
      resolve();
    });
  });
}

function portOf({ http }: FunctionServer): number | null {
  const address = http.address();
  return typeof address === "object" && address !== null ? address.port : null;
}

function stopOnSignal(server: FunctionServer, log: ProcessLogger): void {
  let isStopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    // What a shell says of a process that a signal ended: 128 and its number.
    if (isStopping) process.exit(signal === "SIGTERM" ? 143 : 130);
    isStopping = true;
    log.info({ signal }, "stopping");
    server.close().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error, code: "CLOSE_FAILED" }, "failed");
        void log.flush().finally(() => process.exit(1));
      },
    );
  };
  process.on("SIGTERM", stop).on("SIGINT", stop);
}

function faultOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (!("code" in error)) return error.message;
  const port = "port" in error ? ` ${String(error.port)}` : "";
  if (error.code === "EADDRINUSE") return `port${port} is taken`;
  if (error.code === "EACCES" && port !== "") return `port${port} is not allowed: ${error.message}`;
  return error.message;
}
