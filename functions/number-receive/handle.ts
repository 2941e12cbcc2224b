import { createEventStream, type StreamEvent } from "../../shared/event-stream.ts";
import { NumberEmitted, NumberReceived, numberKey } from "../../shared/events/number.ts";
import { type FunctionSpec, on } from "../../shared/function.ts";
import type { Journal } from "../../shared/kube/journal.ts";
import { servePage } from "../../shared/web-page.ts";
import type { HistoryEntry } from "./contract.ts";
import { acknowledge, entryOfAcknowledgement, entryOfNumber } from "./decide.ts";
import { viewNumbers } from "./view.ts";

/** What one page shows; all that is kept is in `GET /numbers`. */
const PAGE_ENTRIES = 100;

/** Everything a machine does with its history. `now` answers milliseconds since 1970. */
export function createMachine(effects: {
  machine: string;
  journal: Journal<HistoryEntry>;
  now: () => number;
}): Pick<FunctionSpec, "on" | "doors" | "routes"> & { stopStreams: () => void } {
  const { machine, journal, now } = effects;
  const stream = createEventStream();
  const viewOf = (entries: readonly HistoryEntry[]) =>
    viewNumbers({ machine, isDurable: journal.isDurable, entries }, now());

  const newest = async (): Promise<StreamEvent> => {
    const { entries, version } = await journal.read();
    return { event: "snapshot", id: version, data: viewOf(entries.slice(0, PAGE_ENTRIES)) };
  };

  journal.onChange((changed, version) =>
    stream.send({ event: "numbers", id: version, data: viewOf(changed) }),
  );

  return {
    on: [
      on(NumberEmitted, async ({ id, source, time, data }) => {
        const atMs = time === undefined ? data.sequence : Date.parse(time);
        const entry = entryOfNumber({ number: numberKey({ source, id }), ...data, atMs }, now());
        const stored = await journal.add(entry);
        const storedAt = new Date(atMs + (stored?.latencyMs ?? 0)).toISOString();
        return acknowledge(stored, machine, storedAt);
      }),
      on(NumberReceived, async ({ data }) => {
        const stored = await journal.add(entryOfAcknowledgement(data, now()));
        return stored === null
          ? { kind: "outdated", reason: "older than every number that is kept" }
          : { kind: "acknowledged", reason: `${data.machine} has number ${data.value}` };
      }),
    ],
    doors: [
      {
        method: "GET",
        path: "/numbers",
        async handle() {
          const { entries } = await journal.read();
          return { status: 200, headers: { "cache-control": "no-store" }, json: viewOf(entries) };
        },
      },
    ],
    routes(app) {
      servePage(app, { step: "number-receive", title: machine, newest, stream });
    },
    stopStreams: () => stream.close(),
  };
}
