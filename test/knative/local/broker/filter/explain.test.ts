import assert from "node:assert/strict";
import fc from "fast-check";
import { compileFilters } from "../../../../../knative/local/broker/filter/compile.ts";
import { explainFilters } from "../../../../../knative/local/broker/filter/explain.ts";
import type { FilterSpec } from "../../../../../knative/local/manifests/filter.ts";
import { attributes, event, spec } from "./arbitrary.ts";

const because = (filters: FilterSpec[], old: Record<string, string> | null = null): string[] =>
  explainFilters({ filters, attributes: old }, event()).because.map(
    ({ at, text }) => `${at}: ${text}`,
  );

describe("explain of a filter", () => {
  it("agrees with the filter on any filter and event, and always gives a reason", () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(spec, fc.constant({})), { maxLength: 3 }),
        attributes,
        fc.option(attributes),
        (filters, got, old) => {
          const trigger = { filters, attributes: old };
          const explained = explainFilters(trigger, event(got));
          assert.equal(explained.result, compileFilters(trigger)(event(got)));
          assert.ok(explained.because.length > 0);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  const rows: [string, FilterSpec[], Record<string, string> | null, string[]][] = [
    [
      "the attribute, what was wanted and what was found",
      [{ exact: { type: "order.deleted" } }],
      null,
      ['filters[0].exact: wants one that is "order.deleted" in type; found: "order.created"'],
    ],
    [
      "every attribute that differs, and no other",
      [{ prefix: { type: "order.", source: "/b", zone: "a" } }],
      null,
      [
        'filters[0].prefix: wants one that begins with "/b" in source; found: "/source/a"',
        'filters[0].prefix: wants one that begins with "a" in zone; found: the event has none',
      ],
    ],
    [
      "every branch of an any that fails",
      [{ any: [{ exact: { id: "x" } }, { suffix: { subject: "y" } }] }],
      null,
      [
        'filters[0].any[0].exact: wants one that is "x" in id; found: "abc"',
        'filters[0].any[1].suffix: wants one that ends with "y" in subject; found: "one"',
      ],
    ],
    [
      "the entry of a list that fails",
      [{ exact: { id: "abc" } }, { not: { exact: { region: "eu-west" } } }],
      null,
      ['filters[1].not.exact: not (region is "eu-west")'],
    ],
    [
      "what made it pass",
      [{ any: [{ exact: { id: "x" } }, { prefix: { type: "order" } }] }],
      null,
      ['filters[0].any[1].prefix: type begins with "order"'],
    ],
    [
      "a filter that is discarded",
      [{ exact: { type: "" } }],
      null,
      ["filters[0].exact: wants an empty type: Knative discards it, and it restricts nothing"],
    ],
    [
      "the part of a CESQL expression that is false",
      [{ cesql: "type = 'order.created' AND (id = 'abc' AND region LIKE 'us%')" }],
      null,
      ["filters[0].cesql: region LIKE 'us%' is false; region is \"eu-west\""],
    ],
    [
      "every part of a CESQL OR that is false",
      [{ cesql: "id = 'x' OR type IN ('a', 'b')" }],
      null,
      [
        "filters[0].cesql: id = 'x' is false; id is \"abc\"",
        "filters[0].cesql: type IN ('a', 'b') is false; type is \"order.created\"",
      ],
    ],
    [
      "the part of a CESQL expression that is an error",
      [{ cesql: "type = 'order.created' AND NOT (zone = 'a')" }],
      null,
      ["filters[0].cesql: zone is an error: the event has no attribute zone"],
    ],
    [
      "a CESQL expression that is no Boolean",
      [{ cesql: "1 + 1" }],
      null,
      ["filters[0].cesql: 1 + 1 is 2, which is no Boolean"],
    ],
    [
      "what made a CESQL expression true, and not of it",
      [{ cesql: "id = 'x' OR region = 'eu-west'" }, { not: { cesql: "NOT (id = 'x')" } }],
      null,
      ["filters[1].not.cesql: not (NOT (id = 'x') is true; id is \"abc\")"],
    ],
    ["that there is none", [], null, ["filters: there is no filter: every event is taken"]],
    [
      "the old filter, where an empty value wants any",
      [],
      { dataschema: "", type: "order.created" },
      ["filter.attributes: wants any value in dataschema; found: it is unset"],
    ],
  ];
  for (const [title, filters, old, texts] of rows) {
    it(`names ${title}`, () => assert.deepEqual(because(filters, old), texts));
  }
});
