import { parse, stringify } from "yaml";
import { z } from "zod";
import { routeOf, type Route } from "../serving/route.ts";
import { paced } from "./pace.ts";

const Config = z.looseObject({
  receivers: z.array(
    z.looseObject({ webhook_configs: z.array(z.looseObject({ url: z.string() })).optional() }),
  ),
});

/** The services of a cluster that the webhooks of an Alertmanager configuration post to. */
export function webhookServices(text: string): Route[] {
  return Config.parse(parse(text)).receivers.flatMap(({ webhook_configs: webhooks = [] }) =>
    webhooks.flatMap(({ url }) => serviceOf(url) ?? []),
  );
}

/**
 * The configuration with the host of every service's webhook replaced by `addressOf`, an origin
 * such as `http://127.0.0.1:4711`, because no resolver here knows the cluster's names. All else is
 * as it was; a factor other than 1 shortens the durations too.
 */
export function localAlertmanager(
  text: string,
  addressOf: (service: Route) => string,
  factor: number,
): string {
  const config = Config.parse(parse(text));
  const receivers = config.receivers.map(({ webhook_configs: webhooks, ...receiver }) => ({
    ...receiver,
    ...(webhooks === undefined ? {} : { webhook_configs: webhooks.map(toLocal) }),
  }));
  const local = { ...config, receivers };
  return stringify(factor === 1 ? local : paced(local, factor));

  function toLocal<W extends { url: string }>(webhook: W): W {
    const service = serviceOf(webhook.url);
    if (service === null) return webhook;
    const { pathname, search } = new URL(webhook.url);
    return { ...webhook, url: `${addressOf(service)}${pathname}${search}` };
  }
}

/** Null for what is outside of the cluster. */
function serviceOf(url: string): Route | null {
  return URL.canParse(url) ? routeOf(new URL(url).host) : null;
}
