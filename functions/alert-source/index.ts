import { Ping } from "../../shared/events/ping.ts";
import { on } from "../../shared/function.ts";
import { start } from "../../shared/serve.ts";
import { createSink } from "../../shared/sink.ts";
import { createAuthorize } from "./authorize.ts";
import { Env } from "./contract.ts";
import { createAlertsDoor } from "./door.ts";
import { counting, metrics } from "./metrics.ts";
import { createPull } from "./pull.ts";
import { readPullSources } from "./pull-sources.ts";
import type { Send } from "./send.ts";

/** Within the time a webhook has, so that the answer says what the sink said. */
const SINK_BUDGET_MS = 6_000;

start("alert-source", Env, async ({ env, log }) => {
  const sink = createSink({
    url: env.K_SINK,
    ceOverrides: env.K_CE_OVERRIDES,
    caCerts: env.K_CA_CERTS,
    log,
    budgetMs: SINK_BUDGET_MS,
  });
  const send: Send = counting((event, signal) => sink.send(event, signal));
  const isPulling = Boolean(env.ALERTMANAGER_URL || env.PROMETHEUS_URL || env.QUERIES_FILE);
  const pull = isPulling
    ? createPull({
        sources: await readPullSources(env),
        send,
        log,
        now: Date.now,
      })
    : () => ({ kind: "skipped", reason: "nothing to pull: no URL is set" });
  return {
    // A tick tells no fact, only when to look: so it needs no secret, which a broker does not have.
    on: [on(Ping, (tick) => pull(tick))],
    doors: [
      createAlertsDoor({
        send,
        authorize: createAuthorize({
          tokenFile: env.ALERT_TOKEN_FILE || undefined,
          basicFolder: env.ALERT_BASIC_FOLDER || undefined,
        }),
        log,
      }),
    ],
    metrics,
    close: async () => sink.close(),
  };
});
