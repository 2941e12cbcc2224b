import assert from "node:assert/strict";
import fc from "fast-check";
import type { JsonRecord } from "../../../../../knative/local/cluster/kube-object.ts";
import { fromFieldsV1, toFieldsV1 } from "../../../../../knative/local/cluster/patch/field-set.ts";
import {
  differingLeaves,
  hasLeaf,
  type LeafMode,
  leavesOf,
} from "../../../../../knative/local/cluster/patch/leaves.ts";
import { shapeOf } from "../../../../../knative/local/cluster/patch/shape.ts";

/** What a definition may say of the same names. */
const custom = {
  columns: [],
  scale: null,
  schema: {
    properties: {
      spec: {
        properties: {
          containers: {
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["name", "uid"],
            items: { properties: { env: { "x-kubernetes-list-type": "set" } } },
          },
          labels: { "x-kubernetes-map-type": "atomic" },
        },
        additionalProperties: { "x-kubernetes-list-type": "set" },
      },
    },
  },
};

/** Names that mean something, so that keyed lists and what the server writes come up often. */
const name = fc.constantFrom(
  "metadata",
  "spec",
  "containers",
  "env",
  "name",
  "uid",
  "labels",
  "finalizers",
  "selector",
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

const modes = fc.record<LeafMode>({
  operation: fc.constantFrom("Apply" as const, "Update" as const),
  shape: fc.constantFrom(
    shapeOf({ builtin: true }),
    shapeOf({ builtin: false }),
    shapeOf({ builtin: false, custom }),
  ),
});

/** Some of its parts the very same, as a write leaves them; others equal, and some others. */
const written = fc.tuple(object, object, fc.array(fc.boolean(), { minLength: 9, maxLength: 9 }));
const after = ([before, other, isKept]: [JsonRecord, JsonRecord, boolean[]]): JsonRecord => {
  const fields = Object.entries(before).map(([field, part], index) => {
    return [field, isKept[index] === true ? part : structuredClone(part)] as const;
  });
  return { ...Object.fromEntries(fields), ...other };
};

describe("leaves of an object", () => {
  it("have a name for each step, and a key for the items of a keyed list", () => {
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "web", labels: { app: "web" }, resourceVersion: "7" },
      spec: { containers: [{ name: "app", args: ["a", "b"] }], tolerations: [] },
    };
    const applied = {
      '["f:metadata","f:labels","f:app"]': "web",
      '["f:spec","f:containers","k:{\\"name\\":\\"app\\"}","."]': true,
      '["f:spec","f:containers","k:{\\"name\\":\\"app\\"}","f:name"]': "app",
      '["f:spec","f:containers","k:{\\"name\\":\\"app\\"}","f:args"]': ["a", "b"],
      '["f:spec","f:tolerations"]': [],
    };
    const leaves = (operation: LeafMode["operation"]) =>
      Object.fromEntries(leavesOf(pod, { operation, shape: shapeOf({ builtin: true }) }));
    assert.deepEqual(leaves("Apply"), applied);
    assert.deepEqual(leaves("Update"), { ...applied, '["f:metadata","f:labels","."]': true });
  });

  it("are one for what is owned as a whole, and one each for the texts of a set", () => {
    const spec = { selector: { matchLabels: { a: "b" } }, ports: [{ containerPort: 80 }] };
    const object = { metadata: { finalizers: ["x.y/z"] }, spec };
    const mode = { operation: "Apply", shape: shapeOf({ builtin: true }) } as const;
    assert.deepEqual(Object.keys(Object.fromEntries(leavesOf(object, mode))), [
      '["f:metadata","f:finalizers","v:\\"x.y/z\\""]',
      '["f:spec","f:selector"]',
      '["f:spec","f:ports"]',
    ]);
    const container = { name: "a", ports: [{ containerPort: 80 }] };
    const paths = [...leavesOf({ spec: { containers: [container] } }, mode).keys()];
    assert.ok(
      paths.some((path) => path.includes('\\"containerPort\\":80,\\"protocol\\":\\"TCP\\"')),
    );
  });

  it("come back from fieldsV1", () => {
    fc.assert(
      fc.property(object, modes, (one, mode) => {
        const paths = new Set(leavesOf(one, mode).keys());
        const isBelow = [...paths].some((path) =>
          [...paths].some((other) => other.startsWith(`${path.slice(0, -1)},`)),
        );
        // A leaf that another item of the same key goes on below.
        fc.pre(!isBelow);
        assert.deepEqual(fromFieldsV1(toFieldsV1(paths)), paths);
      }),
    );
  });

  it("differ where two objects do, and are told for no part that is one and the same", () => {
    fc.assert(
      fc.property(written, modes, (drawn, mode) => {
        const [before] = drawn;
        const [left, right] = [leavesOf(before, mode), leavesOf(after(drawn), mode)];
        const { old, now } = differingLeaves(before, after(drawn), mode);
        for (const [path, part] of old) assert.equal(left.get(path), part);
        for (const [path] of now) assert.deepEqual(right.get(path), now.get(path));
        const same = (path: string) => !old.has(path) && !now.has(path);
        for (const path of new Set([...left.keys(), ...right.keys()])) {
          if (same(path)) assert.deepEqual(left.get(path), right.get(path));
          else assert.deepEqual([old.has(path), now.has(path)], [left.has(path), right.has(path)]);
        }
        const { old: none, now: nothing } = differingLeaves(before, { ...before }, mode);
        assert.equal(none.size + nothing.size, 0);
      }),
    );
  });

  it("are found one by one", () => {
    fc.assert(
      fc.property(object, object, modes, (one, other, mode) => {
        const leaves = leavesOf(one, mode);
        for (const path of [...leaves.keys(), ...leavesOf(other, mode).keys()]) {
          assert.equal(hasLeaf(one, path, mode), leaves.has(path));
        }
      }),
    );
  });
});
