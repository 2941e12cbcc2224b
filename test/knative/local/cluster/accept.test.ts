import assert from "node:assert/strict";
import { wantsAggregated, wantsYaml } from "../../../../knative/local/cluster/accept.ts";
import { openApiV2Protobuf } from "../../../../knative/local/cluster/openapi-v2.ts";
import { Reader } from "../../../../knative/local/cluster/protobuf/reader.ts";
import { negotiate } from "../../../../knative/local/cluster/represent.ts";
import { parseScenario } from "../../../../knative/local/cluster/scenario.ts";
import { startCluster } from "../../../../knative/local/cluster/start.ts";
import type { Cluster } from "../../../../knative/local/cluster/start.ts";

const plain = "application/json";
const protobuf = "application/vnd.kubernetes.protobuf";
const partial = "as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
const discovery = (version: string): string =>
  `${plain};g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;

describe("the Accept header", () => {
  it("of client-go's own clients, which name protobuf first, asks for JSON", () => {
    assert.equal(negotiate(`${protobuf},${plain}`), "object");
    assert.equal(negotiate(`${protobuf}, */*`), "object");
    assert.equal(negotiate(`${protobuf};${partial},${plain};${partial},${plain}`), "metadata");
    assert.equal(negotiate(`${plain};as=Table;v=v1beta1;g=meta.k8s.io,${plain}`), "object");
  });

  it("is refused where nothing of it can be answered", () => {
    for (const accept of [protobuf, "text/html", "application/cbor"]) {
      assert.throws(() => negotiate(accept), /^StatusError: 406: Not Acceptable/, accept);
    }
  });

  it("is read by what is wanted most", () => {
    assert.ok(wantsYaml("application/yaml"));
    assert.ok(wantsYaml("application/json;q=0.5,application/yaml"));
    assert.ok(!wantsYaml("text/html,application/yaml;q=0.9,*/*"));
    assert.ok(!wantsYaml(undefined));
  });

  it("asks for all of discovery at once before it takes less", () => {
    assert.ok(wantsAggregated(`${discovery("v2")},${discovery("v2beta1")},${plain}`));
    assert.ok(!wantsAggregated(`${discovery("v2beta1")},${plain}`));
    assert.ok(!wantsAggregated(`${plain},${discovery("v2")}`));
  });
});

describe("an answer of the simulated API", () => {
  let cluster: Cluster;
  before(async () => {
    const scenario = parseScenario({ nodes: [{ name: "one", cpu: "4", memory: "8Gi" }] });
    cluster = await startCluster({ port: 0, scenario });
  });
  after(() => cluster.close());
  const get = async (path: string, accept: string) => {
    const response = await fetch(`${cluster.url}${path}`, { headers: { accept } });
    return { type: response.headers.get("content-type"), text: await response.text() };
  };

  it("is YAML where that is asked for, a refusal too", async () => {
    const { type, text } = await get("/api/v1/namespaces/nope", "application/yaml");
    assert.equal(type, "application/yaml");
    assert.equal(
      text,
      [
        "apiVersion: v1",
        "code: 404",
        "details:",
        "  kind: namespaces",
        "  name: nope",
        "kind: Status",
        'message: namespaces "nope" not found',
        "metadata: {}",
        "reason: NotFound",
        "status: Failure",
        "",
      ].join("\n"),
    );
  });

  it("has every group, version and kind in the two of aggregated discovery", async () => {
    const names: string[] = [];
    for (const root of ["/api", "/apis"]) {
      const { type, text } = await get(root, `${discovery("v2")},${plain}`);
      assert.equal(type, discovery("v2"));
      for (const group of JSON.parse(text).items) {
        for (const { version, resources } of group.versions) {
          const path = root === "/api" ? "" : `${group.metadata.name}/`;
          for (const { resource, subresources = [] } of resources) {
            names.push(`${path}${version} ${resource}`);
            for (const { subresource } of subresources) {
              names.push(`${path}${version} ${resource}/${subresource}`);
            }
          }
        }
      }
    }
    const listed: string[] = [];
    const { groups } = JSON.parse((await get("/apis", plain)).text);
    const versions = groups.flatMap((group: { versions: { groupVersion: string }[] }) =>
      group.versions.map(({ groupVersion }) => groupVersion),
    );
    for (const version of ["v1", ...versions]) {
      const path = version === "v1" ? "/api/v1" : `/apis/${version}`;
      const { resources } = JSON.parse((await get(path, plain)).text);
      for (const { name } of resources) listed.push(`${version} ${name}`);
    }
    assert.deepEqual(names.sort(), listed.sort());
  });
});

describe("the OpenAPI v2 of the simulated API", () => {
  /** The fields of a number in a message, in order. */
  const fieldsOf = (bytes: Buffer, wanted: number): Buffer[] => {
    const found: Buffer[] = [];
    new Reader(bytes).each((number, value) => {
      if (number === wanted && Buffer.isBuffer(value)) found.push(value);
    });
    return found;
  };
  const down = (bytes: Buffer, ...path: number[]): Buffer[] =>
    path.reduce((found, number) => found.flatMap((each) => fieldsOf(each, number)), [bytes]);

  it("tells a kubectl before 1.27 that a kind can be patched with dryRun", () => {
    const kind = { group: "apps", version: "v1", kind: "Deployment", plural: "deployments" };
    const [patch] = down(openApiV2Protobuf([kind]), 8, 2, 2, 8);
    assert.ok(patch !== undefined);
    assert.deepEqual(down(patch, 8, 1, 2, 3, 4).map(String), ["dryRun"]);
    assert.deepEqual(down(patch, 13, 1).map(String), ["x-kubernetes-group-version-kind"]);
    assert.deepEqual(JSON.parse(String(down(patch, 13, 2, 2)[0])), {
      group: "apps",
      version: "v1",
      kind: "Deployment",
    });
  });
});
