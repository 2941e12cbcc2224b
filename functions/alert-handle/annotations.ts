/** What the pod remembers of its alerts: JSON, see `Ledger`. */
export const LEDGER = "vigie.dev/alerts";

/** Time of the newest fact about the pod, RFC 3339. For people; `LEDGER` is what decides. */
export const OBSERVED_AT = "vigie.dev/observed-at";
