import { createEventStream, type StreamEvent } from "../../shared/event-stream.ts";
import type { Event } from "../../shared/events/contract.ts";
import type { Door, FunctionSpec, Outcome } from "../../shared/function.ts";
import type { Journal } from "../../shared/kube/journal.ts";
import type { Logger } from "../../shared/log.ts";
import { servePage } from "../../shared/web-page.ts";
import type { JournalEntry } from "./contract.ts";
import { decide } from "./decide.ts";
import { readNamed } from "./named.ts";
import { countDeadLetter } from "./metrics.ts";

/** Everything the console does with its journal. `now` answers milliseconds since 1970. */
export function createConsole(effects: {
  journal: Journal<JournalEntry>;
  log: Logger;
  now: () => number;
  /** Of the policy that a dry run decides by. */
  policyFile?: string | undefined;
}): Pick<FunctionSpec, "on" | "onAny" | "onDeadLetter" | "doors" | "routes"> & {
  stopStreams: () => void;
} {
  const { journal, log, now, policyFile } = effects;
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

  const keep = async (event: Event, isGivenUp: boolean): Promise<Outcome> => {
    const { kind, reason, entry } = decide(event, now(), isGivenUp);
    // In full, and before anything can fail: the cluster's log is the durable record.
    if (kind === "dead-letter") log.warn({ failure: entry.failure, event }, "dead letter");
    await journal.add(entry);
    if (kind === "dead-letter") countDeadLetter(entry.failure);
    return { kind, reason };
  };

  const newest = async (): Promise<StreamEvent> => {
    const { entries, version } = await journal.read();
    return { event: "snapshot", id: version, data: viewOf(entries) };
  };

  journal.onChange((changed, version) =>
    stream.send({ event: "entries", id: version, data: viewOf(changed) }),
  );

  return {
    on: [],
    onAny: (event) => keep(event, false),
    onDeadLetter: (event) => keep(event, true),
    doors: [
      door("/journal", () => true),
      door("/dead-letters", isDeadLetter),
      {
        method: "POST",
        path: "/decide",
        // Loaded for who asks: a dead letter need not wait for all that a decision takes.
        handle: async (request) => (await import("./dry-run.ts")).dryRun(request, policyFile),
      },
    ],
    routes(app) {
      const kept = async () =>
        (await import("./decisions.ts")).readDecisions((await journal.read()).entries);
      app.get("/decisions", async ({ query }, response) => {
        const { decisionsOf } = await import("./decisions.ts");
        const { workload } = query;
        const all = await kept();
        const decisions =
          typeof workload === "string" ? decisionsOf(all, readNamed(workload)) : all.decisions;
        response.set("cache-control", "no-store");
        response.json({ isDurable: journal.isDurable, decisions, unreadable: all.unreadable });
      });
      app.get("/decisions/:id", async ({ params }, response) => {
        const { decisions } = await kept();
        const found = decisions.find(({ decision }) => decision.id === params.id);
        if (found === undefined) {
          const message = "no such decision in the journal, which keeps the newest";
          response.status(404).json({ code: "NO_SUCH_DECISION", message });
        } else response.set("cache-control", "no-store").json(found);
      });
      servePage(app, { step: "console", title: "vigie console", newest, stream });
    },
    stopStreams: () => stream.close(),
  };
}

function isDeadLetter({ kind }: JournalEntry): boolean {
  return kind === "dead-letter";
}
