import type { Pause } from "../../shared/events/situation.ts";

/** "namespace shop is paused until 2026-11-21T12:00:00Z by ada: freeze" */
export function explainPause({ what, by, note, until }: Pause): string {
  const end = until === null ? "" : ` until ${until}`;
  return `${what} is paused${end} by ${by}${note === null ? "" : `: ${note}`}`;
}
