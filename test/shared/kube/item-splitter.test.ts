import assert from "node:assert/strict";
import fc from "fast-check";
import { ItemSplitter } from "../../../shared/kube/item-splitter.ts";

function split(text: string, chunkBytes: number): { items: unknown[]; rest: unknown } {
  const items: unknown[] = [];
  const splitter = new ItemSplitter((bytes) => items.push(JSON.parse(bytes.toString())));
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    splitter.push(bytes.subarray(at, at + chunkBytes));
  }
  return { items, rest: JSON.parse(splitter.rest().toString()) };
}

describe("ItemSplitter", () => {
  it("gives the items of any list, however the bytes arrive", () => {
    const item = fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue());
    const metadata = fc.dictionary(
      fc.string(),
      fc.oneof(fc.string(), fc.integer(), fc.dictionary(fc.string(), fc.string())),
    );
    const indent = fc.constantFrom(0, 2);
    const list = fc.record({ metadata, items: fc.array(item), kind: fc.string() });
    fc.assert(
      fc.property(list, indent, fc.integer({ min: 1, max: 64 }), (value, space, chunkBytes) => {
        const expected = JSON.parse(JSON.stringify(value)) as typeof value;
        const { items, rest } = split(JSON.stringify(value, null, space), chunkBytes);
        assert.deepEqual(items, expected.items);
        assert.deepEqual(rest, { ...expected, items: [] });
      }),
    );
  });

  it("leaves a list without items, and what is no list, as it is", () => {
    for (const value of [{ metadata: {}, items: null }, { items: [] }, {}, "text", 1]) {
      const { items, rest } = split(JSON.stringify(value), 3);
      assert.deepEqual(items, []);
      assert.deepEqual(rest, value);
    }
  });
});
