import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readTextFile } from "../../shared/read-text-file.ts";

describe("readTextFile", () => {
  it("reads a whole file as UTF-8", async () => {
    const folder = await mkdtemp(join(tmpdir(), "vigie-read-"));
    try {
      const file = join(folder, "secret");
      await writeFile(file, "clé\n".repeat(50_000));
      assert.equal(await readTextFile(file), "clé\n".repeat(50_000));
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("rejects with the fault of the file system, and names the file", async () => {
    await assert.rejects(readTextFile("/no/such/file"), {
      code: "ENOENT",
      message: "ENOENT: no such file or directory, open '/no/such/file'",
    });
  });
});
