import { z } from "zod";

/** What is translated. Anything else is a fault, so that nothing gets lost on the way to the operator. */
const Webhook = z.strictObject({
  url: z.url(),
  send_resolved: z.boolean(),
  max_alerts: z.int(),
  http_config: z.strictObject({
    follow_redirects: z.boolean(),
    authorization: z
      .strictObject({ type: z.literal("Bearer"), credentials_file: z.string() })
      .optional(),
  }),
});
const Route = z.strictObject({
  matchers: z.array(z.string()),
  receiver: z.string(),
  group_by: z.array(z.string()),
  group_wait: z.string(),
  group_interval: z.string(),
  repeat_interval: z.string(),
  continue: z.boolean(),
  routes: z.array(z.strictObject({ matchers: z.array(z.string()), repeat_interval: z.string() })),
});
const Config = z.strictObject({
  route: z.strictObject({ receiver: z.string(), routes: z.tuple([Route]) }),
  receivers: z.array(
    z.strictObject({ name: z.string(), webhook_configs: z.array(Webhook).optional() }),
  ),
});

/**
 * The spec of an AlertmanagerConfig (v1alpha1, v1beta1) that routes as an Alertmanager's own file
 * does. Its one route becomes the spec's, because the operator puts it below the chart's root.
 * @throws ZodError for what is not translated, Error for a matcher or a secret's path that is none.
 */
export function alertmanagerConfigSpec(file: unknown): object {
  const { route, receivers } = Config.parse(file);
  const [own] = route.routes;
  return {
    route: {
      receiver: own.receiver,
      groupBy: own.group_by,
      groupWait: own.group_wait,
      groupInterval: own.group_interval,
      repeatInterval: own.repeat_interval,
      continue: own.continue,
      matchers: own.matchers.map(toMatcher),
      routes: own.routes.map(({ matchers, repeat_interval }) => ({
        repeatInterval: repeat_interval,
        matchers: matchers.map(toMatcher),
      })),
    },
    receivers: receivers
      .filter(({ name }) => name === own.receiver)
      .map(({ name, webhook_configs: webhooks = [] }) => ({
        name,
        webhookConfigs: webhooks.map(toWebhook),
      })),
  };
}

/** `alertname=~"a|b"` as name, matchType and value. */
function toMatcher(text: string): object {
  const match = /^(\w+)(=~|!~|!=|=)("(?:[^"\\]|\\.)*")$/.exec(text);
  if (match === null) throw new Error(`cannot read the matcher ${text}`);
  const [, name, matchType, value = ""] = match;
  return { name, matchType, value: JSON.parse(value) as string };
}

function toWebhook({ url, send_resolved, max_alerts, http_config }: z.infer<typeof Webhook>) {
  const { follow_redirects, authorization } = http_config;
  return {
    url,
    sendResolved: send_resolved,
    maxAlerts: max_alerts,
    httpConfig: {
      followRedirects: follow_redirects,
      ...(authorization === undefined
        ? {}
        : {
            authorization: {
              type: authorization.type,
              credentials: toSecretKey(authorization.credentials_file),
            },
          }),
    },
  };
}

/** Where the operator mounts the Secrets of `alertmanagerSpec.secrets`. */
function toSecretKey(file: string): { name: string; key: string } {
  const match = /^\/etc\/alertmanager\/secrets\/([^/]+)\/([^/]+)$/.exec(file);
  const [, name, key] = match ?? [];
  if (name !== undefined && key !== undefined) return { name, key };
  throw new Error(`${file} is not /etc/alertmanager/secrets/<secret>/<key>`);
}
