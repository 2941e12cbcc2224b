import assert from "node:assert/strict";
import { filterText } from "../../../../../knative/local/broker/filter/filter-text.ts";
import type { FilterSpec } from "../../../../../knative/local/manifests/filter.ts";

const A: FilterSpec = { exact: { type: "a" } };
const B: FilterSpec = { prefix: { source: "/b" } };
const C: FilterSpec = { suffix: { subject: "c" } };

describe("a filter in words", () => {
  const rows: [string, FilterSpec[], Record<string, string> | null, string][] = [
    ["no filter", [], null, "every event"],
    ["one entry", [A], null, "type is a"],
    ["a list", [A, B], null, "type is a and source begins with /b"],
    ["any", [{ any: [A, C] }], null, "type is a or subject ends with c"],
    [
      "any below a list",
      [A, { any: [B, C] }],
      null,
      "type is a and (source begins with /b or subject ends with c)",
    ],
    [
      "several attributes below any",
      [{ any: [{ exact: { type: "a", id: "1" } }, B] }],
      null,
      "(type is a and id is 1) or source begins with /b",
    ],
    ["not", [{ not: A }], null, "not (type is a)"],
    ["an empty entry, which is skipped", [{}, A], null, "type is a"],
    ["an empty value in an any", [{ any: [A, { suffix: { type: "" } }] }], null, "type is a"],
    ["an empty value, which discards", [{ exact: { type: "" } }], null, "every event"],
    ["nothing but empty entries", [{}, { any: [] }], null, "every event"],
    ["the old filter", [], { type: "a", region: "" }, "type is a and region is set"],
    ["both, where filters win", [A], { type: "b" }, "type is a"],
  ];
  for (const [title, filters, attributes, text] of rows) {
    it(`${title}: ${text}`, () => assert.equal(filterText({ filters, attributes }), text));
  }
});
