import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { commandFor } from "../../../../knative/local/serving/command.ts";

describe("commandFor", () => {
  let dist: string;
  before(() => {
    dist = mkdtempSync(join(tmpdir(), "vigie-dist-"));
    writeFileSync(join(dist, "step.cjs"), "");
  });
  after(() => rmSync(dist, { recursive: true }));
  const read = (image: string, local?: string) => {
    const faults: string[] = [];
    const command = commandFor(image, local, dist, (fault) => faults.push(fault));
    return { command, faults: faults.join() };
  };

  it("runs the bundle of one of our images with this Node", () => {
    const command = [process.execPath, join(dist, "step.cjs")];
    assert.deepEqual(read("dev.local/vigie/step").command, command);
    assert.deepEqual(read("dev.local/vigie/step:v1.2").command, command);
  });

  it("runs the local command of anyone's image, as words or as JSON, without a shell", () => {
    const { command } = read("example.org/x", "node 'my server.js' ; rm");
    assert.deepEqual(command, [process.execPath, "my server.js", ";", "rm"]);
    assert.deepEqual(read("x", '["deno", "run", ""]').command, ["deno", "run", ""]);
  });

  it("refuses every other image by name", () => {
    for (const image of ["nginx", "dev.local/vigie/../../etc", "dev.local/vigie/a/b"]) {
      const { command, faults } = read(image);
      assert.equal(command, null);
      assert.ok(faults.includes(image) && faults.includes("vigie.dev/local-command"));
    }
    assert.match(read("dev.local/vigie/none").faults, /no dist\/none\.cjs; npm run build/);
  });

  it("refuses a local command that names no program", () => {
    for (const local of ["", "[]", "[1]", '[""]', "{", '["a"', "'a"]) {
      assert.equal(read("x", local).command === null, local !== "{", local);
    }
  });
});
