import type { Lab } from "./lab.ts";
import type { FreeRow, Row } from "./row.ts";

/** What has to happen before anything is told, side by side. */
export async function arrange(lab: Lab, rows: readonly (Row | FreeRow)[]): Promise<void> {
  const steps = rows.flatMap((row) => (row.arrange === undefined ? [] : [row.arrange]));
  await Promise.all(steps.map((step) => step(lab)));
}
