import { readOptions } from "../shared/command-options.ts";
import type { DecisionRecord } from "../shared/events/decided.ts";
import type { Settlement } from "../shared/events/settled.ts";
import { explainDecision } from "./explain-decision.ts";
import { fail, print } from "./fail.ts";
import { readJsonFrom } from "./read-json.ts";

const USAGE =
  "npm run explain -- <namespace>/<kind>/<name> | <decision id> [--last N] [--console URL]";
/** The same on the laptop and with a port-forward of the cluster's gateway. */
const CONSOLE = "http://console.vigie.localhost:8081";

/** What tells nobody: no load, and a review of the clock that finds nothing to do. */
const WHY =
  ", of what the console keeps: no alert about it has led to a load, and no review to a change; " +
  "or nobody has opted in to it. " +
  "With the strategy cluster-zone, ask for a review that says why it keeps: docs/scenarios.md";

type Kept = { decision: DecisionRecord; settlement: Settlement | null };

/**
 * `npm run explain -- shop/deployment/checkout`: the newest decision about a workload or pod, with
 * all that was weighed, as the console keeps it. Exit 1 when there is none, or no answer.
 */
try {
  const { positionals, values } = readOptions(USAGE, {
    allowPositionals: true,
    options: {
      last: { type: "string", default: "1" },
      console: { type: "string", default: CONSOLE },
    },
  });
  const [what, ...more] = positionals;
  const last = Number(values.last);
  if (what === undefined || more.length > 0) throw new Error(USAGE);
  if (!Number.isInteger(last) || last < 1) throw new Error("--last takes a whole number from 1");
  const found = await ask(what, values.console);
  const [first] = found;
  if (first === undefined) throw new Error(`nothing was decided about ${what}${WHY}`);
  for (const [index, { decision, settlement }] of found.slice(0, last).entries()) {
    if (index > 0) print("");
    print(...explainDecision(decision, settlement));
  }
} catch (error) {
  fail("explain", error);
}

async function ask(what: string, base: string): Promise<Kept[]> {
  const isId = /^[0-9a-f]{32}$/.test(what);
  const path = isId ? `/decisions/${what}` : `/decisions?workload=${encodeURIComponent(what)}`;
  const answer = await readJsonFrom(new URL(path, base).href);
  return isId ? [answer as Kept] : (answer as { decisions: Kept[] }).decisions;
}
