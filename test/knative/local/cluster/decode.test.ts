import assert from "node:assert/strict";
import fc from "fast-check";
import { decode, DecodeFault } from "../../../../knative/local/cluster/decode.ts";
import type { listed } from "../../../../knative/local/cluster/represent.ts";
import { defaultScenario } from "../../../../knative/local/cluster/scenario-default.ts";
import { apiVersionOf } from "../../../../knative/local/cluster/resource.ts";
import {
  deployments,
  knownResource,
  pods,
  resources,
} from "../../../../knative/local/cluster/resources.ts";
import { startCluster } from "../../../../knative/local/cluster/start.ts";
import { call } from "./http.ts";

const configMaps = knownResource("v1", "ConfigMap");

describe("decode", () => {
  it("leaves out what no such object has, and names it by its path", () => {
    const spec = {
      containers: [{ name: "a", resources: { limit: {} } }, { nmae: "b" }],
      tolerations: [{ whatever: 1 }],
    };
    const { value, unknown } = decode({ kind: "Pod", spec, sepc: {} }, pods);
    assert.deepEqual(unknown, [
      "spec.containers[0].resources.limit",
      "spec.containers[1].nmae",
      "spec.tolerations[0].whatever",
      "sepc",
    ]);
    assert.deepEqual(value, {
      kind: "Pod",
      spec: { containers: [{ name: "a", resources: {} }, {}], tolerations: [{}] },
    });
  });

  // What kube-apiserver 1.36.3 said to each, after `<kind> in version "v1" cannot be handled …: `.
  const table: [string, object, string][] = [
    [
      "ConfigMap",
      { data: { a: 1 } },
      "json: cannot unmarshal number into Go struct field ConfigMap.data of type string",
    ],
    [
      "ConfigMap",
      { metadata: { labels: { a: 1 } } },
      "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string",
    ],
    [
      "ConfigMap",
      { metadata: { annotations: { a: {} } } },
      "json: cannot unmarshal object into Go struct field ObjectMeta.metadata.annotations of type string",
    ],
    [
      "ConfigMap",
      { metadata: "x" },
      "json: cannot unmarshal string into Go struct field ConfigMap.metadata of type v1.ObjectMeta",
    ],
    [
      "ConfigMap",
      { metadata: { name: 5 } },
      "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.name of type string",
    ],
    ["ConfigMap", { binaryData: { a: "!!!" } }, "illegal base64 data at input byte 0"],
    [
      "Pod",
      { spec: { containers: [{ resources: { limits: { cpu: "abc" } } }] } },
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    ],
  ];
  for (const [kind, object, message] of table) {
    it(`refuses ${JSON.stringify(object)} as Go's decoder does`, () => {
      assert.throws(() => decode(object, knownResource("v1", kind)), { message });
    });
  }

  it("takes no text and no half for a number of replicas", () => {
    const refuses = (replicas: unknown, message: string) =>
      assert.throws(() => decode({ spec: { replicas } }, deployments), { message });
    const where = "into Go struct field DeploymentSpec.spec.replicas of type int32";
    refuses("x", `json: cannot unmarshal string ${where}`);
    refuses(1.5, `json: cannot unmarshal number 1.5 ${where}`);
  });

  it("takes an event's time with six digits of a second, and no other", () => {
    const event = (eventTime: string) => () =>
      decode({ eventTime }, knownResource("events.k8s.io/v1", "Event"));
    event("2026-11-21T10:00:00.000000Z")();
    assert.throws(event("2026-11-21T10:00:00.000Z"), {
      message:
        'parsing time "2026-11-21T10:00:00.000Z" as "2006-01-02T15:04:05.000000Z07:00": cannot parse ".000Z" as ".000000"',
    });
    assert.throws(event("2026-11-21T10:00:00Z"), { message: /cannot parse "Z" as "\.000000"$/ });
  });

  it("takes a quantity that is a number, and a null as nothing", () => {
    const spec = { containers: [{ name: "a", image: null, resources: { limits: { cpu: 1 } } }] };
    assert.deepEqual(decode({ spec }, pods).value, {
      spec: { containers: [{ name: "a", resources: { limits: { cpu: 1 } } }] },
    });
  });

  it("takes a kind that is not Kubernetes' own as it is", () => {
    const trigger = { spec: { foo: 1 } };
    const resource = knownResource("eventing.knative.dev/v1", "Trigger");
    assert.deepEqual(decode(trigger, resource), { value: trigger, unknown: [] });
  });

  it("says ten unknown fields at the most, whatever it is given, or that it does not fit", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(deployments, configMaps), (json, resource) => {
        try {
          const { unknown } = decode({ spec: json, data: json, metadata: json }, resource);
          assert.ok(unknown.length <= 10 && unknown.every((path) => path.length <= 200));
        } catch (error) {
          assert.ok(error instanceof DecodeFault);
        }
      }),
    );
  });

  it("finds nothing unknown in what the simulated cluster itself has", async () => {
    const cluster = await startCluster({ port: 0, scenario: defaultScenario });
    try {
      let seen = 0;
      for (const resource of resources.filter(({ builtin }) => builtin)) {
        const root = resource.group === "" ? "/api" : "/apis";
        const path = `${root}/${apiVersionOf(resource)}/${resource.plural}`;
        const { body } = await call(cluster, "GET", path);
        for (const item of (body as { items: ReturnType<typeof listed>[] }).items) {
          seen += 1;
          assert.deepEqual(decode(item, resource).unknown, [], resource.kind);
        }
      }
      assert.ok(seen > 50);
    } finally {
      await cluster.close();
    }
  });
});
