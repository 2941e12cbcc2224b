import { createJournal } from "../../shared/kube/journal.ts";
import { openJournalStore } from "../../shared/kube/journal-store.ts";
import { start } from "../../shared/serve.ts";
import { Env, JournalEntry } from "./contract.ts";
import { createConsole } from "./handle.ts";
import { metrics } from "./metrics.ts";
import { journalRules } from "./journal-rules.ts";

/**
 * What comes of one alert comes within this: it is one write, and one that the resize need not share
 * the API server and the processor with. Nobody waits for the console.
 */
const GATHER_MS = 100;

start("console", Env, async ({ env, log }) => {
  const { store, close } = await openJournalStore(env.JOURNAL_CONFIGMAP);
  const journal = createJournal({
    store,
    schema: JournalEntry,
    rules: journalRules,
    log,
    gatherMs: GATHER_MS,
  });
  const { stopStreams, ...spec } = createConsole({
    journal,
    log,
    now: Date.now,
    policyFile: env.POLICY_FILE,
  });
  // Read while the server starts to listen. If it fails, the first event fails too, and says why.
  journal.read().catch(() => undefined);
  // A stream never ends by itself and would hold up the drain.
  process.once("SIGTERM", stopStreams).once("SIGINT", stopStreams);
  return { ...spec, metrics, close };
});
