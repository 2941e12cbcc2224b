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
  const pick = (item: unknown) => (item as { name: string }).name;
  const check = (given: { name: string }[], next: string, chunkBytes: number): void => {
    const text = JSON.stringify({ metadata: { continue: next }, items: given });
    const list = read(text, chunkBytes, pick);
    assert.deepEqual(
      list.items,
      given.map(({ name }) => name),
    );
    assert.deepEqual(JSON.parse(list.body), { metadata: { continue: next }, items: [] });
  };

  it("gives what is around the items and what is picked of each", () => {
    const labels = fc.dictionary(fc.string(), fc.string());
    const items = fc.array(fc.record({ name: fc.string(), labels }));
    fc.assert(
      fc.property(items, fc.string(), fc.integer({ min: 1, max: 200 }), (given, next, chunkBytes) =>
        check(given, next, chunkBytes),
      ),
    );
  });

  for (const chunkBytes of [10_000, 65_536, 1_000_000]) {
    it(`gives the same of a list that is too long to be parsed as a whole, in chunks of ${chunkBytes} bytes`, () => {
      check([{ name: "first" }, { name: LONG }, { name: "last" }], "next", chunkBytes);
      check([{ name: "first" }], LONG, chunkBytes);
    });
  }

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
