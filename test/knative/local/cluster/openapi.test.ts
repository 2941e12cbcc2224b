import assert from "node:assert/strict";
import { openApiV3, openApiV3Root } from "../../../../knative/local/cluster/openapi.ts";
import { resources } from "../../../../knative/local/cluster/resources.ts";

type Schema = {
  description?: string;
  properties?: Record<string, Schema>;
  "x-kubernetes-group-version-kind"?: { group: string; version: string; kind: string }[];
};

async function schemasOf(path: string): Promise<Record<string, Schema>> {
  const [prefix, ...rest] = path.split("/");
  const [group = "", version = ""] = prefix === "api" ? ["", ...rest] : rest;
  const document = await openApiV3(resources, group, version);
  return (document as { components: { schemas: Record<string, Schema> } }).components.schemas;
}

describe("the OpenAPI of the simulated cluster", () => {
  it("has each kind once, and all that its schema leads to", async () => {
    const found: string[] = [];
    for (const path of Object.keys(openApiV3Root(resources)["paths"] as object)) {
      const schemas = await schemasOf(path);
      for (const [, key = ""] of JSON.stringify(schemas).matchAll(/schemas\/([^"]+)"/g)) {
        assert.ok(key in schemas, `${path}: ${key}`);
      }
      for (const schema of Object.values(schemas)) {
        for (const { group, version, kind } of schema["x-kubernetes-group-version-kind"] ?? []) {
          found.push(`${group}/${version} ${kind}`);
        }
      }
    }
    const kinds = resources.map(({ group, version, kind }) => `${group}/${version} ${kind}`);
    assert.deepEqual(found.sort(), kinds.sort());
  });

  it("describes fields of Kubernetes' own kinds in its words", async () => {
    const { "V1.Pod": pod, "V1.ResourceRequirements": sizes } = await schemasOf("api/v1");
    assert.match(pod?.description ?? "", /^Pod is a collection of containers/);
    assert.match(
      pod?.properties?.["spec"]?.description ?? "",
      /^PodSpec is a description of a pod/,
    );
    assert.match(sizes?.properties?.["limits"]?.description ?? "", /maximum amount of compute/);
  });

  it("says of other kinds that their fields are not described here", async () => {
    const { "eventing.knative.dev.v1.Trigger": trigger } = await schemasOf(
      "apis/eventing.knative.dev/v1",
    );
    assert.match(
      trigger?.properties?.["spec"]?.description ?? "",
      /has no description of the fields/,
    );
  });
});
