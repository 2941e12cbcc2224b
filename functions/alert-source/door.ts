import { counted } from "../../shared/counted.ts";
import { AppError, TransientError } from "../../shared/errors.ts";
import type { Door, DoorRequest, DoorResponse } from "../../shared/function.ts";
import type { Logger } from "../../shared/log.ts";
import { createAccepted } from "./accepted.ts";
import type { Authorize } from "./authorize.ts";
import { translate } from "./decide.ts";
import { hasMoreParts } from "./json-parts.ts";
import { withoutLongTexts } from "./long-texts.ts";
import { alerts } from "./metrics.ts";
import { createRoom } from "./room.ts";
import { type Failure, isRefused, type Send, sendInOrder } from "./send.ts";

/** 10,000 alerts in one group are 6.75 MB (measured with Alertmanager 0.25). */
const MAX_BODY_BYTES = 16 * 1024 * 1024;
/** Those 10,000 alerts have 250,000 values; as many again for rules with more labels. */
const MAX_PARTS = 500_000;
/** What brokers take of a whole event: an alert with a longer text could not be delivered. */
const MAX_TEXT_BYTES = 1024 * 1024;
/** Webhooks at work at once: Alertmanager has no limit of its own, and one body may be large. */
const MAX_BODIES = 64;
/** Of the bodies that are parsed at a time: as objects and events they take some eight times as much. */
const MAX_BYTES_AT_WORK = 2 * 1024 * 1024;
/** Pods of one webhook whose events are sent side by side: as many as the sink takes at once. */
const LANES = 16;
/** Alertmanager gives up after max(group_interval, 10 s); an answer later than that is a repeat. */
const BUDGET_MS = 8_000;
/** Two storms of 10,000 alerts. */
const MAX_ACCEPTED = 20_000;

/**
 * `POST /alerts`: 200 `{accepted, truncated}` when the sink has taken every alert; else 503, which
 * Alertmanager retries at once; 400 or 422 when only a malformed or refused alert is left, which it
 * tries once per group interval. The good alerts of a group are sent in every case. Who may not
 * send is told so before the body is read.
 */
export function createAlertsDoor(options: { send: Send; authorize: Authorize; log: Logger }): Door {
  const { send, authorize, log } = options;
  const accepted = createAccepted(MAX_ACCEPTED);
  const room = createRoom(MAX_BYTES_AT_WORK);
  let bodies = 0;

  async function forward(request: DoorRequest, signal: AbortSignal): Promise<DoorResponse> {
    const { webhook, longTexts } = parseJson(request);
    const { events, faults, truncated } = translate(webhook);
    // Where one belonged to an alert, that alert is among the faults.
    if (longTexts > 0) log.warn({ longTexts }, "texts of more than 1 MiB left out");
    if (truncated > 0) log.warn({ truncated }, "alerts truncated");
    alerts.add({ outcome: "malformed" }, faults.length);
    alerts.add({ outcome: "truncated" }, truncated);
    if (events.length + faults.length === 0) log.warn({}, "no alerts");
    const missing = events.filter(({ id }) => !accepted.has(id));
    const failures = await sendInOrder(missing, send, { lanes: LANES, signal });
    if (failures.some(({ error }) => !isRefused(error))) {
      const failed = new Set(failures.map(({ event }) => event.id));
      accepted.add(events.map(({ id }) => id).filter((id) => !failed.has(id)));
    } else {
      accepted.delete(events.map(({ id }) => id));
    }
    if (failures.length + faults.length > 0) {
      throw refusal(faults, failures, events.length + faults.length);
    }
    log.info({ accepted: events.length, truncated }, "forwarded");
    return { status: 200, json: { accepted: events.length, truncated } };
  }

  return {
    method: "POST",
    path: "/alerts",
    maxBodyBytes: MAX_BODY_BYTES,
    admit: (headers) => authorize(headers["authorization"]),
    async handle(request) {
      if (bodies >= MAX_BODIES) {
        throw new TransientError("BUSY", `${MAX_BODIES} webhooks are at work`);
      }
      bodies += 1;
      // AbortSignal.timeout would hold on to the events until the time is over, sent or not.
      const limit = new AbortController();
      const timer = setTimeout(() => limit.abort(), BUDGET_MS);
      try {
        return await room.within(request.body.length, limit.signal, () =>
          forward(request, limit.signal),
        );
      } finally {
        clearTimeout(timer);
        bodies -= 1;
      }
    },
  };
}

/** Asking for the media type keeps out web pages: a browser may not send it across origins unasked. */
function parseJson({ headers, body }: DoorRequest): { webhook: unknown; longTexts: number } {
  const type = String(headers["content-type"] ?? "");
  if (!/^application\/json *(;|$)/i.test(type)) {
    throw new AppError("UNSUPPORTED_MEDIA_TYPE", 415, "send content-type: application/json");
  }
  const encoding = headers["content-encoding"] ?? "identity";
  if (encoding !== "identity") {
    throw new AppError("UNSUPPORTED_MEDIA_TYPE", 415, "send the body as it is, not packed");
  }
  if (hasMoreParts(body, MAX_PARTS)) {
    throw new AppError("INVALID_WEBHOOK", 400, `the body has more than ${MAX_PARTS} values`);
  }
  try {
    const { json, longTexts } = withoutLongTexts(body, MAX_TEXT_BYTES);
    return { webhook: JSON.parse(json.toString()), longTexts };
  } catch (cause) {
    throw new AppError("INVALID_JSON", 400, "the body is not JSON", { cause });
  }
}

/** The answer for all that went wrong. What may still succeed decides: it must be sent again soon. */
function refusal(faults: readonly string[], failures: readonly Failure[], total: number): AppError {
  const taken = total - faults.length - failures.length;
  const count = `${taken} of ${counted(total, "alert")} accepted`;
  const first = failures.find(({ error }) => !isRefused(error)) ?? failures[0];
  const cause = first?.error;
  const said = cause instanceof Error ? cause.message : String(cause);
  if (first !== undefined && !isRefused(cause)) {
    return new TransientError("SINK_UNAVAILABLE", `${count}; ${said}`, { cause });
  }
  if (faults.length > 0) {
    return new AppError("INVALID_ALERT", 400, `${count}; ${faults.slice(0, 5).join("; ")}`);
  }
  return new AppError("SINK_REFUSED", 422, `${count}; ${first?.event.subject}: ${said}`, { cause });
}
