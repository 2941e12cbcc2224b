import * as z from "zod/mini";
import { PermanentError } from "../../shared/errors.ts";
import { safeParse } from "../../shared/parse.ts";
import { listIssues, type Translation, translateAlerts } from "./decide.ts";

/** One entry of Alertmanager's `GET /api/v2/alerts`; the rest of it is read as a webhook's alert. */
const ListedAlert = z.lazy(() => z.looseObject({ status: z.object({ state: z.string() }) }));

/**
 * The alerts that Alertmanager holds as events, with the ids that its webhook gives them. It lists
 * what fires and keeps nothing that has ended: from its silence nothing follows, because it is
 * empty after each of its restarts.
 * @throws PermanentError PULL_INVALID when it is no list.
 */
export function fromAlertmanager(body: unknown): Translation {
  if (!Array.isArray(body)) {
    throw new PermanentError("PULL_INVALID", "Alertmanager answers what is no list of alerts");
  }
  const alerts: unknown[] = [];
  const faults: string[] = [];
  for (const [index, each] of (body as unknown[]).entries()) {
    const listed = safeParse(ListedAlert, each);
    if (!listed.success) faults.push(`alerts[${index}]: ${listIssues(listed.error.issues)}`);
    // Muted alerts reach no receiver. `endsAt` is when it would be given up, unless told again.
    else if (listed.data.status.state === "active") {
      alerts.push({ ...listed.data, status: "firing", endsAt: null });
    }
  }
  const translation = translateAlerts(alerts);
  return { ...translation, faults: [...faults, ...translation.faults] };
}
