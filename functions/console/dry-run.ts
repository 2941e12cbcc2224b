import { PermanentError } from "../../shared/errors.ts";
import { Situation } from "../../shared/events/situation.ts";
import type { DoorRequest, DoorResponse } from "../../shared/function.ts";
import { safeParse } from "../../shared/parse.ts";
import { readPolicy } from "../../shared/policy.ts";
import { rulesFor } from "../../shared/policy-rules.ts";
import { decide } from "../resource-patch/decide.ts";

/**
 * What would be decided of a situation under the policy as it is now: the whole record. Nothing is
 * written, nobody is asked. The policy is read each time, so that a new one counts at once.
 * @throws PermanentError DRY_RUN_ONLY, INVALID_JSON.
 */
export async function dryRun(
  { query, body }: DoorRequest,
  policyFile: string | undefined,
): Promise<DoorResponse> {
  const wish = query.get("dryRun");
  if (wish === null || wish === "false") {
    throw new PermanentError("DRY_RUN_ONLY", "ask with ?dryRun: events decide, not requests");
  }
  let given: unknown;
  try {
    given = JSON.parse(body.toString("utf8"));
  } catch (error) {
    throw new PermanentError("INVALID_JSON", (error as Error).message, { cause: error });
  }
  const situation = safeParse(Situation, given);
  if (!situation.success) {
    const faults = situation.error.issues.map(({ path, message }) => ({
      path: path.map(String).join("."),
      message,
    }));
    const message = faults.map(({ path, message: what }) => `${path || "."}: ${what}`).join("; ");
    return { status: 422, json: { code: "INVALID_SITUATION", message, faults } };
  }
  const policy = await readPolicy(policyFile);
  const record = decide(situation.data, rulesFor(policy, situation.data.slaClass));
  return { status: 200, headers: { "cache-control": "no-store" }, json: record };
}
