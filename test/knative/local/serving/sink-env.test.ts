import assert from "node:assert/strict";
import { type BoundSink, sinkEnv } from "../../../../knative/local/serving/sink-env.ts";

const service = {
  group: "serving.knative.dev",
  kind: "Service",
  namespace: "lab",
  name: "scan",
  labels: { tier: "source" },
};
const binding = (
  subject: Partial<BoundSink["subject"]>,
  more: Partial<BoundSink> = {},
): BoundSink => ({
  namespace: "lab",
  subject: { apiVersion: "serving.knative.dev/v1", kind: "Service", ...subject },
  extensions: {},
  url: "http://127.0.0.1:8080/lab/default",
  ...more,
});
const labelled = (matchLabels: Record<string, string>) =>
  binding({ selector: { matchLabels, matchExpressions: [] } });

describe("sinkEnv", () => {
  it("names the sink of a binding by name or by label, with empty overrides", () => {
    const env = { K_SINK: "http://127.0.0.1:8080/lab/default", K_CE_OVERRIDES: "" };
    assert.deepEqual(sinkEnv(service, [binding({ name: "scan" })]), env);
    assert.deepEqual(sinkEnv(service, [labelled({ tier: "source" })]), env);
    const operator = "In" as const;
    const matchExpressions = [{ key: "tier", operator, values: ["source"] }];
    const selected = binding({ selector: { matchLabels: {}, matchExpressions } });
    assert.deepEqual(sinkEnv(service, [selected]), env);
  });

  it("gives overrides as Knative writes them", () => {
    const one = binding({ name: "scan" }, { extensions: { team: "a" } });
    assert.equal(sinkEnv(service, [one])["K_CE_OVERRIDES"], '{"extensions":{"team":"a"}}');
  });

  it("injects nothing into what is not the subject", () => {
    const others = [
      binding({ name: "other" }),
      binding({ name: "scan", kind: "Deployment" }),
      binding({ name: "scan", apiVersion: "v1" }),
      binding({ name: "scan" }, { namespace: "elsewhere" }),
      labelled({ tier: "sink" }),
      labelled({ constructor: "x" }),
    ];
    assert.deepEqual(sinkEnv(service, others), {});
    const excluded = { ...service, labels: { "bindings.knative.dev/exclude": "true" } };
    assert.deepEqual(sinkEnv(excluded, [binding({ name: "scan" })]), {});
  });
});
