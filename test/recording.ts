import { randomUUID } from "node:crypto";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { RecordedCall } from "../knative/local/cluster/recording.ts";

/** Set by test/run.ts: where every simulated cluster of the run records its calls. */
const folder = process.env["VIGIE_RECORDINGS_DIR"];

/** Whether test/run.ts runs every test, and not those of a pattern. */
export const isWholeRun = process.env["VIGIE_WHOLE_RUN"] === "1";

/** The option of a cluster that is to be recorded; none when nobody collects. */
export function recording(): { record?: string } {
  return folder === undefined ? {} : { record: join(folder, `${randomUUID()}.jsonl`) };
}

/** All that was recorded so far; null when nobody collects. */
export function recordedCalls(): RecordedCall[] | null {
  if (folder === undefined) return null;
  return globSync("*.jsonl", { cwd: folder }).flatMap((file) =>
    readFileSync(join(folder, file), "utf8")
      .split("\n")
      // A process that was killed may have left half a line.
      .filter((line) => line.endsWith("}"))
      .map((line) => JSON.parse(line) as RecordedCall),
  );
}
