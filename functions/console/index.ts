import { createJournal } from "../../shared/kube/journal.ts";
import { openJournalStore } from "../../shared/kube/journal-store.ts";
import { start } from "../../shared/serve.ts";
import { Env, JournalEntry } from "./contract.ts";
import { createConsole } from "./handle.ts";
import { metrics } from "./metrics.ts";
import { journalRules } from "./journal-rules.ts";

start("console", Env, async ({ env, log }) => {
  const { store, close } = await openJournalStore(env.JOURNAL_CONFIGMAP);
  const journal = createJournal({ store, schema: JournalEntry, rules: journalRules, log });
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
