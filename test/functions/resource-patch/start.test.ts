import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withCompileCache } from "../../compile-cache.ts";

describe("the start of resource-patch", () => {
  const entry = join(import.meta.dirname, "../../../functions/resource-patch/index.ts");
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "vigie-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const start = (env: NodeJS.ProcessEnv) => {
    const { status, stderr } = spawnSync(process.execPath, [entry], {
      env: { PATH: process.env["PATH"], HOME: folder, PORT: "0", ...withCompileCache, ...env },
      timeout: 30_000,
    });
    return { status, stderr: stderr.toString("utf8") };
  };

  it("ends with every fault of a bad policy", () => {
    const policy = join(folder, "policy.yaml");
    writeFileSync(policy, "strategy: magic\npreset: stars\nmode: auto\n");
    const { status, stderr } = start({ POLICY_FILE: policy });
    assert.equal(status, 1);
    for (const fault of [
      "strategy: must be usage",
      "preset: Invalid",
      "mode: unknown key",
      "classes: is",
    ]) {
      assert.ok(stderr.includes(fault), `${fault} in\n${stderr}`);
    }
  });

  it("ends with one line when there is no cluster", () => {
    const { status, stderr } = start({});
    assert.equal(status, 1);
    assert.match(stderr, /no Kubernetes cluster: KUBECONFIG is not set/);
  });
});
