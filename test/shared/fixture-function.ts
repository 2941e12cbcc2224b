import { writeSync } from "node:fs";
import * as z from "zod/mini";
import { BaseEnv } from "../../shared/config.ts";
import { on } from "../../shared/function.ts";
import { Ping } from "../../shared/events/ping.ts";
import { start } from "../../shared/serve.ts";

/** A function with every way to end, for the tests of serve.ts and log.ts. */
const Env = z.extend(BaseEnv, {
  FAULT: z.optional(z.string()),
  COUNT: z.coerce.number().check(z.int()),
  /** A line each so many milliseconds; absent: none. */
  TALK_MS: z.optional(z.coerce.number().check(z.int())),
});

start("fixture", Env, ({ env, log }) => {
  if (env.FAULT === "build") throw new Error("the policy is not good");
  if (env.TALK_MS !== undefined) setInterval(() => log.info({}, "talked"), env.TALK_MS);
  return {
    on: [
      on(Ping, async ({ data }) => {
        if (data === "throw") setImmediate(() => throwOutside());
        else if (data === "exit") {
          log.info({ text: "a\nb\u009b\u2028c" }, "last words");
          process.exit(3);
        } else if (data === "warn") {
          process.emitWarning("one\ntwo", "DeprecationWarning", "DEP0000");
        } else if (data === "wait") {
          writeSync(2, "waiting\n");
          await new Promise((resolve) => process.once("SIGUSR2", resolve));
        }
        for (let index = 0; index < env.COUNT; index += 1) log.info({ index }, "counted");
        return { kind: "ticked", reason: "asked to" };
      }),
    ],
    close: async () => log.info({}, "closed"),
  };
});

function throwOutside(): never {
  throw new Error("nobody catches this");
}
