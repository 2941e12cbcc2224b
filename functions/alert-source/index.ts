import { start } from "../../shared/serve.ts";
import { createSink } from "../../shared/sink.ts";
import { createAuthorize } from "./authorize.ts";
import { Env } from "./contract.ts";
import { createAlertsDoor } from "./door.ts";

/** Within the time a webhook has, so that the answer says what the sink said. */
const SINK_BUDGET_MS = 6_000;

start("alert-source", Env, ({ env, log }) => {
  const sink = createSink({
    url: env.K_SINK,
    ceOverrides: env.K_CE_OVERRIDES,
    log,
    budgetMs: SINK_BUDGET_MS,
  });
  return {
    on: [],
    doors: [
      createAlertsDoor({
        send: (event, signal) => sink.send(event, signal),
        authorize: createAuthorize(env.ALERT_TOKEN_FILE),
        log,
      }),
    ],
    close: async () => sink.close(),
  };
});
