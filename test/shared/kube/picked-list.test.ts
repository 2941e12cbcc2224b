import assert from "node:assert/strict";
import fc from "fast-check";
import { createPickedList } from "../../../shared/kube/picked-list.ts";

/** Beyond what is parsed as a whole. */
const LONG = "x".repeat(600 * 1024);

function read(text: string, chunkBytes: number, pick = (item: unknown) => item) {
  const list = createPickedList(pick);
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    list.push(bytes.subarray(at, at + chunkBytes));
  }
  const { body, items } = list.end();
  return { items, body: body.toString() };
}

describe("createPickedList", () => {
  it("gives what is around the items and what is picked of each, whatever the size", () => {
    const items = fc.array(
      fc.record({ name: fc.string(), labels: fc.dictionary(fc.string(), fc.string()) }),
    );
    const continued = fc.constantFrom("", "next", LONG);
    fc.assert(
      fc.property(
        items,
        continued,
        fc.integer({ min: 64, max: 100_000 }),
        (given, next, chunkBytes) => {
          const text = JSON.stringify({ metadata: { continue: next }, items: given });
          const pick = (item: unknown) => (item as { name: string }).name;
          const list = read(text, chunkBytes, pick);
          assert.deepEqual(
            list.items,
            given.map(({ name }) => name),
          );
          assert.deepEqual(JSON.parse(list.body), { metadata: { continue: next }, items: [] });
        },
      ),
      { numRuns: 30 },
    );
  });

  it("takes a list without items for an empty one, as API servers write it", () => {
    const list = read('{"kind":"PodList","items":null}', 1_000);
    assert.deepEqual(list, { items: [], body: '{"kind":"PodList","items":null}' });
  });

  for (const text of ["<html>", "null", '"text"', "[1]", ""]) {
    it(`leaves ${JSON.stringify(text)} to whoever reads the body`, () => {
      assert.deepEqual(read(text, 1_000), { items: [], body: text });
    });
  }

  for (const name of ["short", LONG]) {
    it(`passes on what picking throws, of a list of ${name.length} bytes and more`, () => {
      const refuse = (): never => {
        throw new TypeError("no metadata");
      };
      const text = JSON.stringify({ items: [{ name }] });
      assert.throws(() => read(text, 10_000, refuse), { message: "no metadata" });
    });
  }
});
