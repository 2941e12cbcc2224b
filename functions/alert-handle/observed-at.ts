/** Time of the newest fact about the pod, RFC 3339. For people; the ledger is what decides. */
export const OBSERVED_AT = "vigie.dev/observed-at";
