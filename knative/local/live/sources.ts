import type { Identity } from "../manifests/metadata.ts";

/** What is running of one kind of source. */
export type LiveSources<S extends Identity> = {
  /** Runs these and no others. One that says the same as before is left alone. */
  run(sources: readonly S[]): void;
  close(): void;
};

/** `start` must not wait; what it gives ends a source at once. */
export function createLiveSources<S extends Identity>(
  start: (source: S) => { close(): void },
): LiveSources<S> {
  let running = new Map<string, { close(): void }>();
  return {
    run(sources) {
      const before = running;
      running = new Map();
      const wanted = new Map(sources.map((source) => [textOf(source), source]));
      for (const [text, one] of before) if (!wanted.has(text)) one.close();
      for (const [text, source] of wanted) running.set(text, before.get(text) ?? start(source));
    },
    close() {
      for (const one of running.values()) one.close();
      running.clear();
    },
  };
}

/** All that an object says. Where it stands does not count. */
function textOf({ file: _file, line: _line, ...said }: Identity): string {
  return JSON.stringify(said);
}
