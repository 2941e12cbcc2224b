import * as z from "zod/mini";
import { defineEvent } from "./contract.ts";

/** The tick of a Knative PingSource. Its id is new for every tick; the clock's `data` is optional. */
export const Ping = defineEvent({
  type: "dev.knative.sources.ping",
  source: "/apis/v1/namespaces/vigie/pingsources/clock",
  description: "A clock has ticked.",
  data: z.unknown(),
});
