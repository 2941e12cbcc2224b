import { killInTheMiddle } from "../test/e2e/killed-runtime.ts";
import { readOptions } from "../shared/command-options.ts";

/**
 * `npm run soak:kill [-- --events 10000 --rounds 3]`: what the kill test asks, with more events.
 * Ends with 1 when one is lost, or 1 % or more come twice.
 */
const { values } = readOptions("npm run soak:kill -- [options]", {
  options: {
    events: { type: "string", default: "10000" },
    rounds: { type: "string", default: "3" },
  },
});
for (let round = 0; round < Number(values.rounds); round += 1) {
  const { accepted, delivered, lost, duplicates } = await killInTheMiddle(Number(values.events));
  const share = ((100 * duplicates) / delivered).toFixed(2);
  process.stdout.write(
    `${accepted} accepted, ${delivered} deliveries, ${lost} lost, ${duplicates} twice (${share} %)\n`,
  );
  if (lost > 0 || duplicates >= delivered / 100) process.exitCode = 1;
}
