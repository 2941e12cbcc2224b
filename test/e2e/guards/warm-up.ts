import type { Lab } from "./lab.ts";
import type { FreeRow, Row } from "./row.ts";

/** Arranges all rows. */
export async function arrange(lab: Lab, rows: readonly (Row | FreeRow)[]): Promise<void> {
  const steps = rows.flatMap((row) => (row.arrange === undefined ? [] : [row.arrange]));
  await Promise.all(steps.map((step) => step(lab)));
}

/**
 * Makes the function read the list of all pods, which an alert does not wait for: from then on it is
 * there for those that need it.
 */
export async function warmUp(lab: Lab, { namespace }: Pick<Row, "namespace">): Promise<void> {
  await lab.tell("warm up", await lab.podOf(namespace), { percent: null });
  await lab.decided("warm up");
}
