import { createJournal } from "../../shared/kube/journal.ts";
import { openJournalStore } from "../../shared/kube/journal-store.ts";
import { start } from "../../shared/serve.ts";
import { Env, HistoryEntry } from "./contract.ts";
import { createMachine } from "./handle.ts";
import { historyRules } from "./history.ts";

start("number-receive", Env, async ({ env, log }) => {
  const { store, close } = await openJournalStore(env.HISTORY_CONFIGMAP);
  const journal = createJournal({ store, schema: HistoryEntry, rules: historyRules, log });
  const { stopStreams, ...spec } = createMachine({
    machine: env.K_SERVICE,
    journal,
    now: Date.now,
  });
  // Read while the server starts to listen. If it fails, the first event fails too, and says why.
  journal.read().catch(() => undefined);
  // A stream never ends by itself and would hold up the drain.
  process.once("SIGTERM", stopStreams).once("SIGINT", stopStreams);
  return { ...spec, close };
});
