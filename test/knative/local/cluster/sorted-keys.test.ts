import assert from "node:assert/strict";
import * as fc from "fast-check";
import { SortedKeys } from "../../../../knative/local/cluster/sorted-keys.ts";

/** Few of them, so that namespaces share names and one is the beginning of another. */
const name = fc.stringMatching(/^[a0-]{1,3}$/);
const key = fc.tuple(name, name).map(([namespace, pod]) => `${namespace}/${pod}`);
const prefix = fc.oneof(
  fc.constant(""),
  name.map((namespace) => `${namespace}/`),
);

describe("SortedKeys", () => {
  it("gives the keys after a key in byte order, and counts as many", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(key),
        prefix,
        fc.option(key),
        fc.array(key),
        (added, start, after, removed) => {
          const keys = new SortedKeys();
          for (const each of added) keys.add(each);
          for (const each of removed) keys.remove(each);
          const expected = added
            .filter((each) => !removed.includes(each))
            .filter((each) => each.startsWith(start) && (after === null || each > after))
            .toSorted((left, right) => (left < right ? -1 : 1));
          assert.deepEqual([...keys.after(start, after)], expected);
          assert.equal(keys.countAfter(start, after), expected.length);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
