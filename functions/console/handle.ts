import { createEventStream, type StreamEvent } from "../../shared/event-stream.ts";
import type { Door, FunctionSpec } from "../../shared/function.ts";
import type { Journal } from "../../shared/kube/journal.ts";
import type { Logger } from "../../shared/log.ts";
import { servePage } from "../../shared/web-page.ts";
import type { JournalEntry } from "./contract.ts";
import { decide } from "./decide.ts";
import { countDeadLetter } from "./metrics.ts";

/** Everything the console does with its journal. `now` answers milliseconds since 1970. */
export function createConsole(effects: {
  journal: Journal<JournalEntry>;
  log: Logger;
  now: () => number;
}): Pick<FunctionSpec, "on" | "onAny" | "doors" | "routes"> & { stopStreams: () => void } {
  const { journal, log, now } = effects;
  const stream = createEventStream();
  const viewOf = (entries: readonly JournalEntry[]) => ({
    isDurable: journal.isDurable,
    entries: entries.map(({ atMs, ...entry }) => ({ at: new Date(atMs).toISOString(), ...entry })),
  });
  const door = (path: string, isShown: (entry: JournalEntry) => boolean): Door => ({
    method: "GET",
    path,
    async handle() {
      const { entries } = await journal.read();
      return {
        status: 200,
        headers: { "cache-control": "no-store" },
        json: viewOf(entries.filter(isShown)),
      };
    },
  });

  const newest = async (): Promise<StreamEvent> => {
    const { entries, version } = await journal.read();
    return { event: "snapshot", id: version, data: viewOf(entries) };
  };

  journal.onChange((changed, version) =>
    stream.send({ event: "entries", id: version, data: viewOf(changed) }),
  );

  return {
    on: [],
    async onAny(event) {
      const decision = decide(event, now());
      const { kind, reason, entry } = decision;
      // In full, and before anything can fail: the cluster's log is the durable record.
      if (kind === "dead-letter") log.warn({ failure: entry.failure, event }, "dead letter");
      await journal.add(entry);
      if (kind === "dead-letter") countDeadLetter(entry.failure);
      return { kind, reason };
    },
    doors: [door("/journal", () => true), door("/dead-letters", isDeadLetter)],
    routes(app) {
      servePage(app, {
        step: "console",
        title: "vigie console",
        state: async () => (await newest()).data,
      });
      app.get("/events", async (request, response) => {
        const snapshot = await newest();
        // Who has seen this very version misses nothing; the opening of the stream is enough.
        const isKnown = request.get("last-event-id") === snapshot.id;
        stream.open(request, response, isKnown ? [] : [snapshot]);
      });
    },
    stopStreams: () => stream.close(),
  };
}

function isDeadLetter({ kind }: JournalEntry): boolean {
  return kind === "dead-letter";
}
