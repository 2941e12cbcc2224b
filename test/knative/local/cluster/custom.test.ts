import assert from "node:assert/strict";
import { jsonPath } from "../../../../knative/local/cluster/custom/json-path.ts";
import { parseScenario } from "../../../../knative/local/cluster/scenario.ts";
import { startCluster } from "../../../../knative/local/cluster/start.ts";
import type { Cluster } from "../../../../knative/local/cluster/start.ts";
import { call, merge } from "./http.ts";

const boat = {
  sails: 2,
  conditions: [
    { type: "Ready", status: "True" },
    { type: "Dry", status: "False" },
  ],
  labels: { "sea.dev/hull": "wood" },
};

describe("the path of a printer column", () => {
  for (const [path, found] of [
    [".sails", [2]],
    ['.conditions[?(@.type=="Dry")].status', ["False"]],
    [".conditions[?(@.type=='Ready')].status", ["True"]],
    [".conditions[*].type", ["Ready", "Dry"]],
    [".conditions[0].type", ["Ready"]],
    [".conditions[-1].type", ["Dry"]],
    [".labels['sea.dev/hull']", ["wood"]],
    [".labels.sea\\.dev/hull", ["wood"]],
    [".nope.nope", []],
    [".constructor", []],
    ["..sails", []],
    ["sails", []],
  ] as const) {
    it(`${path} finds ${JSON.stringify(found)}`, () => {
      assert.deepEqual(jsonPath(path)(boat), found);
    });
  }
});

const definition = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "boats.sea.dev" },
  spec: {
    group: "sea.dev",
    scope: "Namespaced",
    names: { plural: "boats", kind: "Boat", shortNames: ["bt"] },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: { spec: { type: "object", properties: { sails: { type: "integer" } } } },
          },
        },
        additionalPrinterColumns: [{ name: "Sails", type: "integer", jsonPath: ".spec.sails" }],
      },
    ],
  },
};
const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const boats = "/apis/sea.dev/v1/namespaces/sea/boats";
const asTable = "application/json;as=Table;v=v1;g=meta.k8s.io";

describe("a CustomResourceDefinition", () => {
  let cluster: Cluster;
  beforeEach(async () => {
    const scenario = parseScenario({
      nodes: [{ name: "one", cpu: "4", memory: "8Gi" }],
      namespaces: [{ name: "sea" }],
    });
    cluster = await startCluster({ port: 0, scenario });
    await call(cluster, "POST", definitions, { body: definition });
  });
  afterEach(() => cluster.close());

  const launch = (name: string, spec: object) =>
    call(cluster, "POST", boats, {
      body: { apiVersion: "sea.dev/v1", kind: "Boat", metadata: { name }, spec },
    });

  it("is established at once, and says so", async () => {
    const { body } = await call(cluster, "GET", `${definitions}/boats.sea.dev`);
    assert.deepEqual(
      body.status.conditions.map(({ type, status }: Record<string, string>) => [type, status]),
      [
        ["NamesAccepted", "True"],
        ["Established", "True"],
      ],
    );
    assert.deepEqual(body.status.storedVersions, ["v1"]);
  });

  it("brings a table with its columns", async () => {
    await launch("a", { sails: 3 });
    await launch("b", {});
    const { body } = await call(cluster, "GET", boats, { accept: asTable });
    const names = body.columnDefinitions.map(({ name }: { name: string }) => name);
    assert.deepEqual(names, ["Name", "Sails"]);
    assert.deepEqual(
      body.rows.map(({ cells }: { cells: unknown[] }) => cells),
      [
        ["a", 3],
        ["b", null],
      ],
    );
  });

  it("takes another schema for what is written after it", async () => {
    assert.equal((await launch("a", { sails: "many" })).code, 422);
    const [version] = definition.spec.versions;
    const loose = {
      type: "object",
      properties: { spec: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
    };
    const patch = {
      spec: { versions: [{ ...version, schema: { openAPIV3Schema: loose } }] },
    };
    const path = `${definitions}/boats.sea.dev`;
    assert.equal((await call(cluster, "PATCH", path, { type: merge, body: patch })).code, 200);
    const { code, body } = await launch("a", { sails: "many" });
    assert.equal(code, 201);
    assert.equal(body.spec.sails, "many");
  });

  it("takes its objects with it when it goes", async () => {
    await launch("a", { sails: 3 });
    await call(cluster, "DELETE", `${definitions}/boats.sea.dev`);
    assert.equal((await call(cluster, "GET", `${boats}/a`)).code, 404);
    assert.equal((await call(cluster, "GET", "/apis/sea.dev")).code, 404);
    await call(cluster, "POST", definitions, { body: definition });
    assert.deepEqual((await call(cluster, "GET", boats)).body.items, []);
  });

  it("loses the objects of a namespace with the namespace", async () => {
    await launch("a", { sails: 3 });
    await call(cluster, "DELETE", "/api/v1/namespaces/sea");
    assert.deepEqual((await call(cluster, "GET", "/apis/sea.dev/v1/boats")).body.items, []);
  });

  it("of a kind that is always served changes nothing of it", async () => {
    const own = {
      ...definition,
      metadata: { name: "triggers.eventing.knative.dev" },
      spec: {
        ...definition.spec,
        group: "eventing.knative.dev",
        names: { plural: "triggers", kind: "Trigger" },
      },
    };
    const path = "/apis/eventing.knative.dev/v1";
    const before = await call(cluster, "GET", path);
    assert.equal((await call(cluster, "POST", definitions, { body: own })).code, 201);
    assert.deepEqual(await call(cluster, "GET", path), before);
  });

  it("says of what it asks for and does not get", async () => {
    const [version] = definition.spec.versions;
    const checked = {
      type: "object",
      "x-kubernetes-validations": [{ rule: "self.spec.sails > 0" }],
    };
    const response = await fetch(`${cluster.url}${definitions}?dryRun=All`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        ...definition,
        metadata: { name: "rafts.sea.dev" },
        spec: {
          ...definition.spec,
          names: { plural: "rafts", kind: "Raft" },
          versions: [{ ...version, schema: { openAPIV3Schema: checked } }],
        },
      }),
    });
    assert.equal(response.status, 201);
    assert.match(response.headers.get("warning") ?? "", /does not evaluate x-kubernetes-validati/);
  });
});
