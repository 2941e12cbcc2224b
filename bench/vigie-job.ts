import * as z from "zod/mini";
import { BaseEnv } from "../shared/config.ts";
import { defineEvent } from "../shared/events/contract.ts";
import { on } from "../shared/function.ts";
import { start } from "../shared/serve.ts";

const data = z.object({ value: z.int().check(z.minimum(0), z.maximum(999)), machine: z.string() });
const Asked = defineEvent({
  type: "dev.vigie.bench.asked.v1",
  source: "/bench",
  description: "The job that everybody does: see peers/job.cjs.",
  data,
});
const Answered = defineEvent({
  type: "dev.vigie.bench.answered.v1",
  source: "/bench",
  description: "The reply to it.",
  extensions: ["machine"],
  data,
});

/** The same job through `serve.ts`, as any function of this project does it. */
start("bench", z.extend(BaseEnv, { REPLY: z._default(z.string(), "0") }), ({ env }) => {
  const isReplying = env.REPLY === "1";
  return {
    on: [
      on(Asked, (event) => {
        if (!isReplying) return { kind: "taken", reason: "no reply is wanted" };
        const { value, machine } = event.data;
        const reply = Answered.create({
          id: `reply-${event.id}`,
          time: "2026-11-21T00:00:00.000Z",
          extensions: { machine },
          data: { value, machine },
        });
        return { kind: "answered", reason: "a reply is wanted", reply };
      }),
    ],
  };
});
