import assert from "node:assert/strict";
import fc from "fast-check";
import { compileFilters } from "../../../../../knative/local/broker/filter/compile.ts";
import type { FilterResult } from "../../../../../knative/local/broker/filter/filter.ts";
import { textsWanted } from "../../../../../knative/local/broker/filter/texts-wanted.ts";
import type { FilterSpec } from "../../../../../knative/local/manifests/filter.ts";
import { attributes, event, spec } from "./arbitrary.ts";

const PASS: FilterSpec = { exact: { type: "order.created" } };
const FAIL: FilterSpec = { exact: { type: "other" } };
const NONE: FilterSpec = {};

describe("filters of a trigger", () => {
  const rows: [string, FilterSpec[], FilterResult][] = [
    ["no filters", [], "none"],
    ["exact that matches", [PASS], "pass"],
    ["exact that does not", [FAIL], "fail"],
    ["exact is case-sensitive", [{ exact: { type: "Order.created" } }], "fail"],
    ["exact with two keys, both right", [{ exact: { type: "order.created", id: "abc" } }], "pass"],
    ["exact with two keys, one wrong", [{ exact: { type: "order.created", id: "x" } }], "fail"],
    ["exact on an extension", [{ exact: { region: "eu-west" } }], "pass"],
    ["exact on a missing extension", [{ exact: { zone: "a" } }], "fail"],
    ['exact with ""', [{ exact: { type: "" } }], "none"],
    ['exact with "" beside another', [{ exact: { type: "x", id: "" } }], "none"],
    ["an empty exact", [{ exact: {} }], "none"],
    ["prefix", [{ prefix: { type: "order." } }], "pass"],
    ["prefix that differs", [{ prefix: { type: "created" } }], "fail"],
    ["prefix of a missing extension", [{ prefix: { zone: "a" } }], "fail"],
    ['prefix with ""', [{ prefix: { type: "" } }], "none"],
    ["suffix", [{ suffix: { type: ".created" } }], "pass"],
    ["suffix that differs", [{ suffix: { type: "order" } }], "fail"],
    ["suffix with two keys", [{ suffix: { type: "created", source: "/a" } }], "pass"],
    ['suffix with ""', [{ suffix: { type: "" } }], "none"],
    ["time as RFC3339Nano", [{ exact: { time: "2020-01-02T03:04:05.12Z" } }], "pass"],
    ["media type", [{ exact: { datamediatype: "application/json" } }], "pass"],
    ["an unset built-in exists as empty", [{ prefix: { dataschema: "x" } }], "fail"],
    ["data is never visible", [{ prefix: { data: "{" } }], "fail"],
    ["all of two that pass", [{ all: [PASS, PASS] }], "pass"],
    ["all with one that fails", [{ all: [PASS, FAIL, PASS] }], "fail"],
    ["all of nothing", [{ all: [] }], "none"],
    ["all [pass, none]: the last one's", [{ all: [PASS, NONE, { all: [NONE] }] }], "none"],
    ["any with one that passes", [{ any: [FAIL, PASS] }], "pass"],
    ["any with none that passes", [{ any: [FAIL, FAIL] }], "fail"],
    ["any of nothing", [{ any: [] }], "none"],
    ["any [fail, none] delivers", [{ any: [FAIL, { not: {} }] }], "none"],
    ["any [none, fail] does not", [{ any: [{ not: {} }, FAIL] }], "fail"],
    [
      'any [fail, ""]: "" is discarded, not none',
      [{ any: [FAIL, { exact: { type: "" } }] }],
      "fail",
    ],
    ['all [pass, ""]: the same', [{ not: { all: [PASS, { suffix: { type: "" } }] } }], "fail"],
    [
      'a filled prefix beside an "" in exact',
      [{ exact: { type: "" }, prefix: { id: "x" } }],
      "none",
    ],
    ["not of one that passes", [{ not: PASS }], "fail"],
    ["not of one that fails", [{ not: FAIL }], "pass"],
    ["not of nothing", [{ not: {} }], "none"],
    ["not of an invalid one", [{ not: { exact: { type: "" } } }], "none"],
    ["not not", [{ not: { not: PASS } }], "pass"],
    ["the list is an all", [PASS, FAIL], "fail"],
    ["empty entries are skipped", [{}, PASS], "pass"],
    ["nothing but empty entries", [{}], "none"],
    ["nested", [{ all: [{ any: [FAIL, PASS] }, { not: FAIL }] }], "pass"],
    ["nested that fails", [{ any: [{ all: [PASS, FAIL] }, { not: PASS }] }], "fail"],
  ];
  for (const [name, filters, expected] of rows) {
    it(`${name}: ${expected}`, () => {
      assert.equal(compileFilters({ filters, attributes: null })(event()), expected);
    });
  }

  const legacy: [string, Record<string, string> | null, FilterResult][] = [
    ["none", null, "none"],
    ["an equal type", { type: "order.created" }, "pass"],
    ["another type", { type: "other" }, "fail"],
    ["type and source", { type: "order.created", source: "/source/a" }, "pass"],
    ["type, and another source", { type: "order.created", source: "x" }, "fail"],
    ['"" is any value', { type: "" }, "pass"],
    ['"" of an unset built-in', { dataschema: "" }, "fail"],
    ["an extension", { region: "eu-west" }, "pass"],
    ["a missing extension", { zone: "a" }, "fail"],
    ['"" of a missing extension', { zone: "" }, "fail"],
    ["no prefix", { type: "order" }, "fail"],
  ];
  for (const [name, attributes, expected] of legacy) {
    it(`the old filter with ${name}: ${expected}`, () => {
      assert.equal(compileFilters({ filters: [], attributes })(event()), expected);
    });
  }

  it("filters win over filter, unless they are empty", () => {
    const attributes = { type: "other" };
    assert.equal(compileFilters({ filters: [PASS], attributes })(event()), "pass");
    assert.equal(compileFilters({ filters: [], attributes })(event()), "fail");
  });

  it("the index never hides an event that the filter lets through", () => {
    fc.assert(
      fc.property(
        fc.array(spec, { maxLength: 3 }),
        attributes,
        fc.option(attributes),
        (filters, got, old) => {
          const trigger = { filters, attributes: old };
          const one = event(got);
          const isHidden = [...textsWanted(trigger)].some(
            ([name, texts]) => !texts.has(one.attributes.get(name) ?? ""),
          );
          return !isHidden || compileFilters(trigger)(one) === "fail";
        },
      ),
    );
  });

  it("not swaps pass and fail", () => {
    fc.assert(
      fc.property(spec, attributes, (filter, got) => {
        const plain = compileFilters({ filters: [filter], attributes: null })(event(got));
        const turned = compileFilters({ filters: [{ not: filter }], attributes: null })(event(got));
        assert.equal(turned, { pass: "fail", fail: "pass", none: "none" }[plain]);
      }),
    );
  });
});
