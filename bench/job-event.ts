import type { Wire } from "./load.ts";

const DATA = {
  value: 417,
  machine: "machine-1",
  note: "about three hundred bytes, as an event of ours has them: the rest is not read by anybody",
  labels: { app: "shop", tier: "backend", region: "eu-west-3", team: "lookout", stage: "prod" },
};
const ATTRIBUTES = {
  specversion: "1.0",
  id: "5f0c2f2a-0d3c-4a52-9d0e-0f1c9c3a7b11",
  source: "/vigie/bench",
  type: "dev.vigie.bench.asked.v1",
  time: "2026-11-21T00:00:00.000Z",
  subject: "default/machine-1",
};

/** The event that everybody is sent, with the headers a broker adds. */
export function jobEvent(mode: "binary" | "structured"): Wire {
  const common = { prefer: "reply", "kn-namespace": "vigie", "user-agent": "bench" };
  if (mode === "structured") {
    const body = JSON.stringify({
      ...ATTRIBUTES,
      datacontenttype: "application/json",
      data: DATA,
    });
    // The one spelling that both the bare handler and the SDK know.
    return {
      path: "/",
      headers: { ...common, "content-type": "application/cloudevents+json" },
      body,
    };
  }
  const headers = Object.entries(ATTRIBUTES).map(([name, value]) => [`ce-${name}`, value]);
  return {
    path: "/",
    headers: { ...common, "content-type": "application/json", ...Object.fromEntries(headers) },
    body: JSON.stringify(DATA),
  };
}
