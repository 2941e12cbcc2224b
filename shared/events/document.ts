import * as z from "zod/mini";
import type { EventContract } from "./contract.ts";

/** docs/events.md: what each event says, as a table and a JSON Schema, from the contracts themselves. */
export function documentEvents(contracts: readonly EventContract[]): string {
  const rows = contracts.map(
    ({ type, description, extensions }) =>
      `| \`${type}\` | ${description} | ${extensions.map((name) => `\`${name}\``).join(", ")} |`,
  );
  const schemas = contracts.map(
    ({ type, data }) =>
      `## ${type}\n\n\`\`\`json\n${JSON.stringify(z.toJSONSchema(data), null, 2)}\n\`\`\`\n`,
  );
  return [
    "# Events\n",
    "Written by `npm run docs:events` from `shared/events/`; a test fails when the two differ.\n",
    ["| type | what has happened | extensions to filter on |", "|---|---|---|", ...rows].join("\n"),
    "",
    "The JSON Schema of `data`:\n",
    schemas.join("\n"),
  ].join("\n");
}
