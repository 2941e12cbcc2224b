import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { DockerfileParser } from "dockerfile-ast";
import { parse } from "yaml";
import { localTag } from "../../../knative/cluster/local-tag.ts";
import { SKAFFOLD_CONTEXT } from "../../../knative/cluster/versions.ts";
import { jsonPatch } from "../../../knative/local/cluster/patch/json-patch.ts";
import { SkaffoldConfig } from "./skaffold-schema.ts";

const root = resolve(import.meta.dirname, "../../..");
const file = readFileSync(join(root, "skaffold.yaml"), "utf8");
const functions = globSync("functions/*/index.ts", { cwd: root })
  .map((path) => basename(dirname(path)))
  .sort();

/** What skaffold makes of it with a profile: what the profile has in place of the base's, then its patches. */
function withProfile(name: string): SkaffoldConfig {
  const { profiles = [], ...base } = SkaffoldConfig.parse(parse(file));
  const found = profiles.find((one) => one.name === name);
  assert.ok(found, name);
  const { name: _name, patches = [], build, ...over } = found;
  const merged = { ...base, ...over, build: { ...base.build, ...build } };
  return SkaffoldConfig.parse(jsonPatch(merged, patches));
}

describe("skaffold.yaml", () => {
  const config = SkaffoldConfig.parse(parse(file));
  const profiles = config.profiles?.map(({ name }) => name) ?? [];
  const all = [config, ...profiles.map(withProfile)];
  const artifacts = all.flatMap(({ build }) => build?.artifacts ?? []);

  it("has the fields that its version of the schema knows, and no other, with each profile too", () => {
    assert.deepEqual(profiles, ["verify", "no-prometheus", "production"]);
    const misspelled = [
      file.replace("buildArgs:", "buildargs:"),
      file.replace("localPort: 8080", 'localPort: "8080"'),
      file.replace("inputDigest: {}", "inputDigest: {}\n    sha256: {}"),
      file.replace("op: replace", "op: exchange"),
      file.replace("resourceType: service", "resourceType: route"),
      file.replace("v4beta13", "v5"),
    ];
    for (const text of misspelled) {
      assert.notEqual(text, file);
      assert.ok(!SkaffoldConfig.safeParse(parse(text)).success);
    }
  });

  it("builds the image of every function, by the name that the manifests have", () => {
    for (const { build } of [config, withProfile("no-prometheus"), withProfile("production")]) {
      assert.deepEqual(
        build?.artifacts?.map(({ image, docker }) => [image, docker.buildArgs]),
        functions.map((name) => [`dev.local/vigie/${name}`, { FUNCTION: name }]),
      );
    }
  });

  it("names files and stages that are there", () => {
    for (const { manifests } of all) {
      for (const folder of manifests?.kustomize?.paths ?? []) {
        assert.ok(existsSync(join(root, folder, "kustomization.yaml")), folder);
      }
    }
    for (const { context = ".", docker, hooks } of artifacts) {
      const dockerfile = readFileSync(join(root, context, docker.dockerfile ?? ""), "utf8");
      const stages = DockerfileParser.parse(dockerfile)
        .getFROMs()
        .map((from) => from.getBuildStage());
      assert.ok(docker.target === undefined || stages.includes(docker.target), docker.target);
      for (const { command } of hooks?.after ?? []) {
        for (const path of command) assert.ok(existsSync(join(root, path)), path);
      }
    }
  });

  it("loads what it does not push, and pushes in production, to no context of its own choice", () => {
    for (const { hooks } of artifacts) {
      assert.deepEqual(hooks?.after?.[0]?.command.slice(1), ["knative/cluster/load-image.ts"]);
    }
    const { build, deploy, portForward } = withProfile("production");
    assert.equal(config.deploy?.kubeContext, SKAFFOLD_CONTEXT);
    assert.equal(build?.local?.push, true);
    assert.equal(deploy?.kubeContext, undefined);
    assert.equal(portForward, undefined);
  });

  it("verifies by a Job whose container it gives the image that it has built", () => {
    const { build, verify = [] } = withProfile("verify");
    assert.equal(verify.length, 1);
    for (const { name, timeout = 0, container, executionMode } of verify) {
      assert.ok(build?.artifacts?.some(({ image }) => image === container.image));
      const path = executionMode?.kubernetesCluster.jobManifestPath ?? "";
      const job = parse(readFileSync(join(root, path), "utf8")) as {
        kind: string;
        metadata: { name: string; namespace: string };
        spec: {
          activeDeadlineSeconds: number;
          template: { spec: { containers: { name: string; image: string }[] } };
        };
      };
      assert.deepEqual(
        [job.kind, job.metadata.name, job.metadata.namespace],
        ["Job", name, "vigie"],
      );
      // Another name, and skaffold would make a container of its own, with no limits and no token.
      assert.deepEqual(
        job.spec.template.spec.containers.map((one) => [one.name, one.image]),
        [[container.name, container.image]],
      );
      assert.ok(timeout >= job.spec.activeDeadlineSeconds);
    }
  });
});

describe("localTag", () => {
  it("is the image's id behind its name, whatever tag or port that has", () => {
    const id = "sha256:0a1b";
    assert.equal(localTag("dev.local/vigie/console:abc", id), "dev.local/vigie/console:0a1b");
    assert.equal(localTag("localhost:5000/console", id), "localhost:5000/console:0a1b");
    assert.equal(localTag("a/b:c@sha256:ff", id), "a/b:0a1b");
  });
});
