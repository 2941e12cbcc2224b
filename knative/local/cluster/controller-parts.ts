import type { Clock } from "./clock.ts";
import type { RecordEvent } from "./cluster-events.ts";
import type { NodeLedger } from "./node-ledger.ts";
import type { Store } from "./store.ts";

/** What every controller works with. */
export type ControllerParts = {
  store: Store;
  clock: Clock;
  record: RecordEvent;
  ledger: NodeLedger;
};
