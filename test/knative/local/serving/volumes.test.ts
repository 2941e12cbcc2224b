import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import type { KeyedData } from "../../../../knative/local/serving/environment.ts";
import { localize } from "../../../../knative/local/serving/mounts.ts";
import {
  mountsOf,
  readVolumes,
  type Volume,
  writeVolumes,
} from "../../../../knative/local/serving/volumes.ts";

const configMaps: KeyedData = new Map([
  ["lab/policy", new Map([["policy.yaml", Buffer.from("mode: auto")]])],
]);
const secrets: KeyedData = new Map([["lab/key", new Map([["id", Buffer.from([0xff, 0])]])]]);

describe("volumes", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "vigie-volumes-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const read = (volumes: Volume[], mounts: { name: string; mountPath: string }[]) => {
    const faults: string[] = [];
    const around = { configMaps, secrets };
    const found = readVolumes({ volumes, mounts }, "lab", around, (one) => faults.push(one));
    return { ...found, faults };
  };
  const modeOf = (path: string) => statSync(path).mode & 0o777;

  it("writes ConfigMaps and Secrets to where env values are pointed", () => {
    const { mounted, emptyDirs, faults } = read(
      [
        { name: "p", configMap: { name: "policy" } },
        { name: "k", secret: { secretName: "key", items: [{ key: "id", path: "a/b" }] } },
        { name: "e", emptyDir: {} },
      ],
      [
        { name: "p", mountPath: "/etc/vigie/" },
        { name: "k", mountPath: "/etc/vigie-key" },
        { name: "e", mountPath: "/tmp/work" },
      ],
    );
    assert.deepEqual([faults, emptyDirs], [[], ["/tmp/work"]]);
    writeVolumes(folder, mounted);
    const mounts = mountsOf(folder, mounted);
    const policy = localize("/etc/vigie/policy.yaml", mounts);
    assert.equal(policy, join(folder, "etc/vigie/policy.yaml"));
    assert.equal(readFileSync(policy, "utf8"), "mode: auto");
    const key = localize("/etc/vigie-key/a/b", mounts);
    assert.deepEqual(readFileSync(key), Buffer.from([0xff, 0]));
    assert.deepEqual([modeOf(key), modeOf(join(folder, "etc/vigie-key/a"))], [0o600, 0o700]);
  });

  it("replaces what an earlier run has left", () => {
    const files = new Map([["old", Buffer.from("")]]);
    writeVolumes(folder, [{ mountPath: "/m", isSecret: false, files }]);
    writeVolumes(folder, [{ mountPath: "/m", isSecret: false, files: new Map() }]);
    assert.throws(() => statSync(join(folder, "m/old")));
  });

  it("refuses paths that leave their folder and what is missing", () => {
    const { faults } = read(
      [
        { name: "a", configMap: { name: "policy", items: [{ key: "policy.yaml", path: "../x" }] } },
        { name: "b", secret: { secretName: "nowhere" } },
        { name: "c", secret: { secretName: "nowhere", optional: true } },
        { name: "d", configMap: { name: "policy", items: [{ key: "nokey", path: "x" }] } },
      ],
      ["a", "b", "c", "d"].map((name) => ({ name, mountPath: `/${name}` })),
    );
    assert.deepEqual(faults, [
      "ConfigMap lab/policy: the path ../x leaves its folder",
      "there is no Secret lab/nowhere",
      "ConfigMap lab/policy has no key nokey",
    ]);
    for (const mountPath of ["/a/../../etc", "etc", "/a/./b"]) {
      assert.equal(
        read([{ name: "e", emptyDir: {} }], [{ name: "e", mountPath }]).faults.length,
        1,
      );
    }
  });
});

describe("localize", () => {
  it("rewrites whole paths at or below the deepest mount, and nothing else", () => {
    const mounts = [
      { mountPath: "/etc", localPath: "/L1" },
      { mountPath: "/etc/vigie", localPath: "/L2" },
    ];
    const table = {
      "/etc": "/L1",
      "/etc/vigie/policy.yaml": "/L2/policy.yaml",
      "/etc/vigie2": "/L1/vigie2",
      "/etcetera": "/etcetera",
      "--file=/etc/vigie": "--file=/etc/vigie",
    };
    for (const [text, local] of Object.entries(table)) assert.equal(localize(text, mounts), local);
  });

  it("leaves every text alone without mounts", () => {
    fc.assert(fc.property(fc.string(), (text) => localize(text, []) === text));
  });
});
