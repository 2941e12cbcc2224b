import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { parse } from "yaml";
import { localTag } from "../../../knative/cluster/local-tag.ts";

const root = resolve(import.meta.dirname, "../../..");
type Skaffold = {
  build: {
    artifacts: {
      image: string;
      docker: { dockerfile: string; buildArgs: { FUNCTION: string } };
      hooks: { after: { command: string[] }[] };
    }[];
  };
  manifests: { kustomize: { paths: string[] } };
  profiles: { name: string; patches: { op: string; path: string; value?: unknown }[] }[];
};

describe("skaffold.yaml", () => {
  const config = parse(readFileSync(join(root, "skaffold.yaml"), "utf8")) as Skaffold;

  it("builds the image of every function, by the name that the manifests have", () => {
    const functions = globSync("functions/*/index.ts", { cwd: root }).map((path) =>
      basename(dirname(path)),
    );
    assert.deepEqual(
      config.build.artifacts.map(({ image }) => image),
      functions.toSorted().map((name) => `dev.local/vigie/${name}`),
    );
    for (const { image, docker } of config.build.artifacts) {
      assert.equal(docker.buildArgs.FUNCTION, basename(image));
    }
  });

  it("names files that are there, and patches fields that are there", () => {
    const patched = config.profiles.flatMap(({ patches }) => patches);
    const overlays = patched.flatMap(({ path, value }) =>
      path.startsWith("/manifests/") ? [String(value)] : [],
    );
    for (const folder of [...config.manifests.kustomize.paths, ...overlays]) {
      assert.ok(existsSync(join(root, folder, "kustomization.yaml")), folder);
    }
    for (const { hooks } of config.build.artifacts) {
      for (const { command } of hooks.after) assert.ok(existsSync(join(root, command[1] ?? "")));
    }
    for (const { path } of patched) {
      const found = path
        .split("/")
        .slice(1)
        .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], config);
      assert.notEqual(found, undefined, path);
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
