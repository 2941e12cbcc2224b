import { Ping } from "../../shared/events/ping.ts";
import { on } from "../../shared/function.ts";
import { start } from "../../shared/serve.ts";
import { Env } from "./contract.ts";
import { decide } from "./decide.ts";

start("number-emit", Env, () => ({
  on: [
    // A ping sent by hand may have no time: then it is now, and a redelivery gets another sequence.
    on(Ping, ({ id, source, time = new Date().toISOString() }) =>
      decide({ id, source, time, atMs: Date.parse(time) }),
    ),
  ],
}));
