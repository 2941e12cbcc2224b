import assert from "node:assert/strict";
import fc from "fast-check";
import { jsonPatch } from "../../../../../knative/local/cluster/patch/json-patch.ts";
import { StatusError } from "../../../../../knative/local/cluster/status-error.ts";

describe("jsonPatch", () => {
  const cases: [string, unknown, unknown, unknown][] = [
    ["adds a member", { a: 1 }, [{ op: "add", path: "/b", value: 2 }], { a: 1, b: 2 }],
    ["inserts before an index", [1, 3], [{ op: "add", path: "/1", value: 2 }], [1, 2, 3]],
    ["appends with -", { a: [1] }, [{ op: "add", path: "/a/-", value: 2 }], { a: [1, 2] }],
    [
      "unescapes ~1 and ~0",
      { "x/y~z": 1 },
      [{ op: "replace", path: "/x~1y~0z", value: 2 }],
      { "x/y~z": 2 },
    ],
    ["removes an item", { a: [1, 2] }, [{ op: "remove", path: "/a/0" }], { a: [2] }],
    ["moves", { a: 1, b: {} }, [{ op: "move", from: "/a", path: "/b/c" }], { b: { c: 1 } }],
    ["copies", { a: [1] }, [{ op: "copy", from: "/a", path: "/b" }], { a: [1], b: [1] }],
    ["removes nothing where nothing is", { a: 1 }, [{ op: "remove", path: "/b" }], { a: 1 }],
    [
      "replaces what is not there",
      { a: 1 },
      [{ op: "replace", path: "/b", value: 2 }],
      { a: 1, b: 2 },
    ],
    [
      "passes a true test",
      { a: { b: [1] } },
      [{ op: "test", path: "/a", value: { b: [1] } }],
      { a: { b: [1] } },
    ],
  ];
  for (const [title, document, patch, expected] of cases) {
    it(title, () => {
      const before = structuredClone(document);
      assert.deepEqual(jsonPatch(document, patch), expected);
      assert.deepEqual(document, before);
    });
  }

  const refusals: [string, unknown, number][] = [
    ["a failed test", [{ op: "test", path: "/a", value: 2 }], 422],
    ["a missing parent", [{ op: "remove", path: "/nope/x" }], 422],
    ["an inherited parent", [{ op: "replace", path: "/constructor/x", value: 1 }], 422],
    ["an index out of range", [{ op: "add", path: "/list/9", value: 1 }], 422],
    ["an unknown operation", [{ op: "spam", path: "/a" }], 422],
    ["no path", [{ op: "add", value: 1 }], 422],
    ["a patch that is no list", { a: 1 }, 400],
    ["more than 10000 operations", Array(10_001).fill({ op: "test", path: "/a", value: 1 }), 413],
  ];
  for (const [title, patch, code] of refusals) {
    it(`answers ${code} to ${title}`, () => {
      assert.throws(
        () => jsonPatch({ a: 1, list: [] }, patch),
        (error) => error instanceof StatusError && error.code === code,
      );
    });
  }

  it("undoes an add with a remove, wherever it was", () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.string(),
        fc.jsonValue(),
        (document, key, value) => {
          fc.pre(
            key !== "__proto__" &&
              !Object.hasOwn(document, key) &&
              !Object.hasOwn(document, "__proto__"),
          );
          const path = `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
          const patch = [
            { op: "add", path, value },
            { op: "remove", path },
          ];
          assert.deepEqual(jsonPatch(document, patch), { ...document });
        },
      ),
    );
  });
});
