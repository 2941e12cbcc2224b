import { hostname } from "node:os";
import { setTimeout as wait } from "node:timers/promises";
import { parseArgs } from "node:util";

/**
 * Stands for Knative's `heartbeats`: an event to K_SINK every `--period` seconds (default 5), with
 * what K_CE_OVERRIDES says. `E:cmd/heartbeats/main.go`
 */
const { values } = parseArgs({
  // Go takes one dash as well as two.
  args: process.argv.slice(2).map((word) => word.replace(/^-(?=[a-z]+)/, "--")),
  options: {
    period: { type: "string", default: "5" },
    label: { type: "string", default: "" },
    sink: { type: "string", default: "" },
    eventType: { type: "string", default: "dev.knative.eventing.samples.heartbeat" },
    eventSource: { type: "string", default: "" },
  },
  strict: false,
});
const env = (name: string): string => process.env[name] ?? "";
const periodMs = Math.max(0.1, Number(values.period) || 5) * 1_000;
const source =
  env("POD_NAME") === ""
    ? String(values.eventSource || "heartbeat-example")
    : `https://knative.dev/eventing-contrib/cmd/heartbeats/#${env("POD_NAMESPACE")}/${env("POD_NAME")}`;
const overrides = overridesOf(env("K_CE_OVERRIDES"));

function overridesOf(text: string): Record<string, string> {
  if (text === "") return {};
  const { extensions = {} } = JSON.parse(text) as { extensions?: Record<string, string> };
  return Object.fromEntries(
    Object.entries(extensions).map(([name, value]) => [`ce-${name.toLowerCase()}`, value]),
  );
}

async function beat(sink: string, sequence: number): Promise<void> {
  const response = await fetch(sink, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "ce-specversion": "1.0",
      "ce-id": crypto.randomUUID(),
      "ce-source": source,
      "ce-type": String(values.eventType),
      "ce-time": new Date().toISOString(),
      "ce-beats": "true",
      "ce-heart": "yes",
      "ce-the": "42",
      ...overrides,
    },
    body: JSON.stringify({ id: sequence, label: String(values.label) }),
  });
  await response.arrayBuffer();
  if (!response.ok) process.stderr.write(`beat ${sequence}: answered ${response.status}\n`);
}

const sink = String(values.sink || env("K_SINK"));
if (sink === "") {
  process.stderr.write(`no sink: K_SINK is not set in ${hostname()}\n`);
  process.exit(1);
}
for (let sequence = 1; ; sequence++) {
  await beat(sink, sequence).catch((error: unknown) => {
    process.stderr.write(`beat ${sequence}: ${String(error)}\n`);
  });
  await wait(periodMs);
}
