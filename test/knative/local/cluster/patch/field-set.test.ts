import assert from "node:assert/strict";
import fc from "fast-check";
import type { JsonRecord } from "../../../../../knative/local/cluster/kube-object.ts";
import {
  fromFieldsV1,
  leavesOf,
  toFieldsV1,
} from "../../../../../knative/local/cluster/patch/field-set.ts";

/** Names that mean something, so that keyed lists and what the server writes come up often. */
const name = fc.constantFrom(
  "metadata",
  "spec",
  "containers",
  "env",
  "name",
  "uid",
  "labels",
  "a/b",
  '"',
);
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, depthSize: "small" },
    fc.constantFrom<unknown>(1, "x", null, undefined),
    fc.dictionary(name, tie("value"), { maxKeys: 3 }),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.array(fc.record({ name: fc.constantFrom("a", "b"), image: tie("value") }), { maxLength: 3 }),
  ),
}));
const object = fc.dictionary(name, value, { noNullPrototype: true }) as fc.Arbitrary<JsonRecord>;

/** Some of its parts the very same, as a write leaves them; others equal, and some others. */
const written = fc.tuple(object, object, fc.array(fc.boolean(), { minLength: 9, maxLength: 9 }));
const after = ([before, other, isKept]: [JsonRecord, JsonRecord, boolean[]]): JsonRecord => {
  const fields = Object.entries(before).map(([field, part], index) => {
    return [field, isKept[index] === true ? part : structuredClone(part)] as const;
  });
  return { ...Object.fromEntries(fields), ...other };
};

const MODE = { operation: "Update", builtin: true } as const;

describe("leaves of an object", () => {
  it("have a name for each step, and a key for the items of a keyed list", () => {
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "web", labels: { app: "web" }, resourceVersion: "7" },
      spec: { containers: [{ name: "app", args: ["a", "b"] }], tolerations: [] },
    };
    assert.deepEqual(Object.fromEntries(leavesOf(pod, { operation: "Apply", builtin: true })), {
      '["f:metadata","f:labels","f:app"]': "web",
      '["f:spec","f:containers","k:{\\"name\\":\\"app\\"}","."]': true,
      '["f:spec","f:containers","k:{\\"name\\":\\"app\\"}","f:name"]': "app",
      '["f:spec","f:containers","k:{\\"name\\":\\"app\\"}","f:args"]': ["a", "b"],
      '["f:spec","f:tolerations"]': [],
    });
    assert.equal(leavesOf(pod, MODE).get('["f:metadata","f:labels","."]'), true);
  });

  it("come back from fieldsV1", () => {
    fc.assert(
      fc.property(object, (one) => {
        const paths = new Set(leavesOf(one, MODE).keys());
        const isBelow = [...paths].some((path) =>
          [...paths].some((other) => other.startsWith(`${path.slice(0, -1)},`)),
        );
        // A leaf that another item of the same key goes on below.
        fc.pre(!isBelow);
        assert.deepEqual(fromFieldsV1(toFieldsV1(paths)), paths);
      }),
    );
  });

  it("are told for no part that is one and the same in a twin, and for all others", () => {
    fc.assert(
      fc.property(written, (drawn) => {
        const [before] = drawn;
        const now = after(drawn);
        const [left, right] = [leavesOf(before, MODE), leavesOf(now, MODE)];
        const [old, told] = [leavesOf(before, MODE, now), leavesOf(now, MODE, before)];
        for (const [path, part] of old) assert.equal(left.get(path), part);
        for (const [path, part] of told) assert.equal(right.get(path), part);
        for (const path of new Set([...left.keys(), ...right.keys()])) {
          const isSame = !old.has(path) && !told.has(path);
          if (isSame) assert.deepEqual(left.get(path), right.get(path));
          else if (left.has(path) !== right.has(path)) assert.ok(old.has(path) || told.has(path));
        }
        assert.equal(leavesOf(before, MODE, { ...before }).size, 0);
      }),
    );
  });
});
