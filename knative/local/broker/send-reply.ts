import { setTimeout as wait } from "node:timers/promises";
import type { Reply } from "./attempt.ts";
import { withAttributes } from "./cloud-event.ts";
import type { Answer, Intake } from "./engine.ts";
import type { KnativeError } from "./knative-error.ts";
import { backoffMs, isRetryable } from "./policy.ts";
import type { Route } from "./route.ts";
import { brokerUrl } from "./target.ts";
import { TTL_ATTRIBUTE } from "./ttl.ts";

/**
 * Posts a reply to the broker it came through, with the TTL of the event that caused it, and as
 * stubbornly as the trigger delivers. Null: taken in. Otherwise what the original event fails with.
 */
export async function sendReply(
  route: Route,
  reply: Reply,
  ttl: number,
  intake: Intake,
  signal: AbortSignal,
): Promise<(KnativeError & { reason: string }) | null> {
  const { broker, policy } = route;
  const event = withAttributes(reply.event, { [TTL_ATTRIBUTE]: String(ttl) });
  for (let retry = 0; ;) {
    const answer = await intake(broker.namespace, broker.name, event, reply.headers, signal);
    if (answer.status < 300) return null;
    if (signal.aborted || !isRetryable(answer.status) || retry >= policy.retry) {
      return {
        destination: brokerUrl(broker.namespace, broker.name),
        code: answer.status,
        body: Buffer.from(messageOf(answer)),
        extensions: {},
        headers: reply.headers,
        reason: `the broker answered ${answer.status} to the reply: ${messageOf(answer)}`,
      };
    }
    retry++;
    await wait(backoffMs(policy.backoff, retry, broker.flavour), undefined, { signal }).catch(
      () => {},
    );
  }
}

function messageOf(answer: Answer): string {
  return "message" in answer ? answer.message : "";
}
