import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { EVENTS } from "../../../shared/events/all.ts";
import { documentEvents } from "../../../shared/events/document.ts";

const root = resolve(import.meta.dirname, "../../..");

describe("docs/events.md", () => {
  it("says what the contracts say: npm run docs:events", () => {
    assert.equal(readFileSync(resolve(root, "docs/events.md"), "utf8"), documentEvents(EVENTS));
  });

  it("leaves no contract out", async () => {
    const defined: string[] = [];
    for (const file of globSync(resolve(root, "shared/events/*.ts"))) {
      const module = (await import(file)) as Record<string, unknown>;
      for (const value of Object.values(module)) {
        if (typeof value === "object" && value !== null && "create" in value && "type" in value) {
          defined.push(String(value.type));
        }
      }
    }
    assert.deepEqual(EVENTS.map(({ type }) => type).toSorted(), defined.toSorted());
  });
});
