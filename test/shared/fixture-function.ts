import { writeSync } from "node:fs";
import { z } from "zod";
import { BaseEnv } from "../../shared/config.ts";
import { on } from "../../shared/function.ts";
import { Ping } from "../../shared/events/ping.ts";
import { start } from "../../shared/serve.ts";

/** A function with every way to end, for the tests of serve.ts and log.ts. */
const Env = BaseEnv.extend({ FAULT: z.string().optional(), COUNT: z.coerce.number().int() });

start("fixture", Env, ({ env, log }) => {
  if (env.FAULT === "build") throw new Error("the policy is not good");
  return {
    on: [
      on(Ping, async ({ data }) => {
        if (data === "throw") setImmediate(() => throwOutside());
        else if (data === "exit") {
          log.info({ text: "a\nb\u009b\u2028c" }, "last words");
          process.exit(3);
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
