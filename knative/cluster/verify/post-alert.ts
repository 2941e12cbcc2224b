import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";

/** A function at zero is started first: an image that is on the node takes seconds. */
const TIMEOUT_MS = 60_000;

/** alert-source's door: its URL, the name to ask for there where it is another, and its token. */
export type AlertDoor = { url: string; host?: string; token: string | null };

/**
 * Posts, as Alertmanager does, that a pod of the shop is at 92 % of its CPU limit, or that it is no
 * longer. @returns the status of the answer. @throws Error when there is none.
 */
export async function postAlert(
  { url, host, token }: AlertDoor,
  alert: { namespace: string; pod: string; startsAt: string; endsAt?: string },
): Promise<number> {
  const { namespace, pod, startsAt, endsAt } = alert;
  const status = endsAt === undefined ? "firing" : "resolved";
  const labels = { alertname: "PodLoadHigh", load: "high", resource: "cpu", namespace, pod };
  const body = {
    version: "4",
    status,
    // The year 1 while it fires: Go's zero time.
    alerts: [
      {
        status,
        startsAt,
        endsAt: endsAt ?? "0001-01-01T00:00:00Z",
        labels,
        annotations: { ratio: "0.92" },
      },
    ],
  };
  const outgoing = request(url, {
    method: "POST",
    signal: AbortSignal.timeout(TIMEOUT_MS),
    headers: {
      "content-type": "application/json",
      ...(host === undefined ? {} : { host }),
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    },
  });
  outgoing.end(JSON.stringify(body));
  const [answer] = (await once(outgoing, "response")) as [IncomingMessage];
  answer.resume();
  return answer.statusCode ?? 0;
}
