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

  it("empties who manages which field, and nothing else", () => {
    const text = fc.constantFrom(
      "managedFields",
      '"managedFields":[',
      "[{",
      'a\\"managedFields',
      "x",
    );
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 5 },
        text,
        fc.array(tie("value"), { maxLength: 3 }),
        fc.dictionary(text, tie("value"), { maxKeys: 3 }),
      ),
    }));
    const object = fc.dictionary(text, value);
    const item = fc.record({ metadata: object, spec: object });
    fc.assert(
      fc.property(fc.array(item), fc.integer({ min: 1, max: 200 }), (items, chunkBytes) => {
        const plain = items.map((one) => JSON.parse(JSON.stringify(one)) as typeof one);
        const found = split(JSON.stringify({ items }), chunkBytes).items as typeof plain;
        for (const [index, { metadata, spec }] of found.entries()) {
          // Members of an item's members: "spec" is as deep as "metadata", no kind has them there.
          for (const [is, was] of [
            [metadata, plain[index]?.metadata],
            [spec, plain[index]?.spec],
          ] as const) {
            const given = is["managedFields"];
            const isEmptied = Array.isArray(given) && given.length === 0;
            const had = Array.isArray(was?.["managedFields"]);
            const expected = isEmptied && had ? { ...was, managedFields: [] } : was;
            assert.deepEqual(is, expected);
          }
        }
        assert.equal(found.length, plain.length);
      }),
    );
  });

  it("reads who manages which field of no page that comes in one piece", () => {
    const metadata = { name: "a", managedFields: [{ manager: "kubelet" }], labels: { a: "b" } };
    const { items } = split(JSON.stringify({ items: [{ metadata }, { metadata }] }), 1_000);
    const emptied = { metadata: { name: "a", managedFields: [], labels: { a: "b" } } };
    assert.deepEqual(items, [emptied, emptied]);
  });

  it("leaves a list without items, and what is no list, as it is", () => {
    for (const value of [{ metadata: {}, items: null }, { items: [] }, {}, "text", 1]) {
      const { items, rest } = split(JSON.stringify(value), 3);
      assert.deepEqual(items, []);
      assert.deepEqual(rest, value);
    }
  });
});
