import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";

describe("CESQL folder", () => {
  it("imports nothing from outside of itself but Node", () => {
    const folder = new URL("../../../../knative/local/cesql/", import.meta.url);
    const sources = readdirSync(folder).filter((file) => /\.(ts|js)$/.test(file));
    assert.ok(sources.length > 10);
    for (const file of sources) {
      const text = readFileSync(new URL(file, folder), "utf8");
      for (const [, from] of text.matchAll(/\bfrom "([^"]+)"|\bimport\("([^"]+)"\)/g)) {
        assert.match(from ?? "", /^(\.\/[a-z-]+\.(ts|js)|node:[a-z]+)$/, file);
      }
    }
  });
});
