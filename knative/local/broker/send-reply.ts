import { setTimeout as wait } from "node:timers/promises";
import type { Reply } from "./attempt.ts";
import { withAttributes } from "./cloud-event.ts";
import type { PostReply } from "./engine.ts";
import type { KnativeError } from "./knative-error.ts";
import { backoffMs, isRetryable } from "./policy.ts";
import type { Route } from "./route.ts";
import { type Target, targetUrl } from "./target.ts";
import { TTL_ATTRIBUTE } from "./ttl.ts";

/**
 * Posts a reply to the broker it came through, with the TTL of the event that caused it, or to the
 * reply of its subscription, and as stubbornly as the trigger delivers. Null: taken in. Otherwise
 * what the original event fails with.
 */
export async function sendReply(
  route: Route,
  reply: Reply,
  ttl: number,
  post: PostReply,
  signal: AbortSignal,
): Promise<(KnativeError & { reason: string }) | null> {
  const { broker, policy, trigger } = route;
  const target = replyTarget(route);
  if (target instanceof Error) return refused(route, 400, target.message, reply, "");
  const isBroker = route.channel === null;
  const event = isBroker
    ? withAttributes(reply.event, { [TTL_ATTRIBUTE]: String(ttl) })
    : reply.event;
  const timeoutMs = isBroker ? null : policy.timeoutMs;
  for (let retry = 0; ;) {
    const limited =
      timeoutMs === null ? signal : AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    const answer = await post(target, trigger.namespace, event, reply.headers, limited);
    if (answer.status >= 200 && answer.status < 300) return null;
    if (signal.aborted || !isRetryable(answer.status) || retry >= policy.retry) {
      return refused(route, answer.status, answer.message, reply, targetUrl(target));
    }
    retry++;
    await wait(backoffMs(policy.backoff, retry, broker.flavour), undefined, { signal }).catch(
      () => {},
    );
  }
}

function replyTarget({ channel, broker: { namespace, name } }: Route): Target | Error {
  if (channel === null) return { kind: "broker", namespace, name, path: `/${namespace}/${name}` };
  return channel.reply?.target ?? new Error("the subscription has no reply");
}

function refused(
  { channel }: Route,
  code: number,
  message: string,
  { headers }: Reply,
  destination: string,
): KnativeError & { reason: string } {
  const who = channel === null ? "the broker" : (channel.reply?.name ?? "the reply");
  const reason = `${who} answered ${code} to the reply: ${message}`;
  return { destination, code, body: Buffer.from(message), extensions: {}, headers, reason };
}
