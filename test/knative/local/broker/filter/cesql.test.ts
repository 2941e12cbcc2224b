import assert from "node:assert/strict";
import fc from "fast-check";
import type { CloudEvent } from "../../../../../knative/local/broker/cloud-event.ts";
import { cesqlJudge } from "../../../../../knative/local/broker/filter/cesql.ts";
import { compileFilters } from "../../../../../knative/local/broker/filter/compile.ts";
import type { FilterResult } from "../../../../../knative/local/broker/filter/filter.ts";
import type { FilterSpec } from "../../../../../knative/local/manifests/filter.ts";

const event = (attributes: Record<string, string> = {}): CloudEvent => ({
  attributes: new Map(
    Object.entries({
      specversion: "1.0",
      id: "abc",
      source: "/source/a",
      type: "order.created",
      time: "2020-01-02T04:04:05.120+01:00",
      region: "eu-west",
      count: "7",
      ...attributes,
    }),
  ),
  data: Buffer.from("{}"),
});

const run = (filter: FilterSpec, of = event()): FilterResult =>
  compileFilters({ filters: [filter], attributes: null })(of);

describe("CESQL filter of a trigger", () => {
  const rows: [string, FilterResult, string | null][] = [
    ["type = 'order.created'", "pass", null],
    ["type = 'order.deleted'", "fail", "is false"],
    ["type LIKE 'order.%' AND region IN ('eu-west', 'eu-east')", "pass", null],
    ["count > 6", "pass", null],
    ["time = '2020-01-02T03:04:05.12Z'", "pass", null],
    ["EXISTS subject", "fail", "is false"],
    ["subject = ''", "fail", "the event has no attribute subject"],
    ["subject != 'x'", "fail", "the event has no attribute subject"],
    ["EXISTS time", "pass", null],
    ["EXISTS dataschema", "fail", "is false"],
    ["EXISTS data", "fail", "is false"],
    ["region > 3", "fail", 'cannot cast String "eu-west" to Integer'],
    ["count / 0 = 1", "fail", "division by zero"],
    ["1 + 1", "fail", "is 2, which is no Boolean"],
    ["region", "fail", 'is "eu-west", which is no Boolean'],
  ];
  for (const [cesql, result, reason] of rows) {
    it(`${cesql}: ${reason ?? result}`, () => {
      assert.equal(run({ cesql }), result);
      assert.deepEqual(cesqlJudge(cesql)(event()), { result, reason });
    });
  }

  it('is as none when it is ""', () => {
    assert.equal(run({ cesql: "" }), "none");
    assert.equal(run({ not: { cesql: "" } }), "none");
  });

  it("has no time when the event has none", () => {
    const { attributes, data } = event();
    const timeless = {
      attributes: new Map([...attributes].filter(([name]) => name !== "time")),
      data,
    };
    assert.equal(run({ cesql: "EXISTS time" }, timeless), "fail");
    assert.equal(run({ cesql: "time = '0001-01-01T00:00:00Z'" }, timeless), "fail");
  });

  it("stands among other dialects: a fail under not passes", () => {
    assert.equal(run({ not: { cesql: "absent = 'x'" } }), "pass");
    assert.equal(run({ all: [{ exact: { id: "abc" } }, { cesql: "count = 7" }] }), "pass");
    assert.equal(run({ any: [{ cesql: "FALSE" }, { cesql: "TRUE" }] }), "pass");
  });

  it("says what exact, prefix, suffix, all, any and not say, written in CESQL", () => {
    const name = fc.constantFrom("type", "source", "subject", "region", "city", "absent");
    const text = fc.constantFrom("a", "b", "ab", "ba", "é", "aé", "%", "a_");
    const leaf = fc
      .tuple(fc.constantFrom("exact", "prefix", "suffix"), name, text)
      .map(([dialect, key, wanted]): FilterSpec => ({ [dialect]: { [key]: wanted } }));
    const specs = fc.letrec<{ any: FilterSpec }>((tie) => {
      const several = fc.array(tie("any"), { minLength: 1, maxLength: 3 });
      return {
        any: fc.oneof(
          { maxDepth: 3 },
          leaf,
          several.map((all) => ({ all })),
          several.map((any) => ({ any })),
          tie("any").map((not) => ({ not })),
        ),
      };
    }).any;
    const attributes = fc.dictionary(
      fc.constantFrom("type", "source", "subject", "region", "city"),
      text,
    );
    fc.assert(
      fc.property(specs, attributes, (spec, some) => {
        assert.equal(run({ cesql: inCesql(spec) }, event(some)), run(spec, event(some)));
      }),
    );
  });
});

function inCesql({ exact, prefix, suffix, all, any, not }: FilterSpec): string {
  const one = (wanted: Record<string, string>, left: (name: string, bytes: number) => string) =>
    Object.entries(wanted)
      .map(
        ([name, value]) =>
          `EXISTS ${name} AND ${left(name, Buffer.byteLength(value))} = '${value}'`,
      )
      .join(" AND ");
  if (exact !== undefined) return `(${one(exact, (name) => name)})`;
  if (prefix !== undefined) return `(${one(prefix, (name, bytes) => `LEFT(${name}, ${bytes})`)})`;
  if (suffix !== undefined) return `(${one(suffix, (name, bytes) => `RIGHT(${name}, ${bytes})`)})`;
  if (all !== undefined) return `(${all.map(inCesql).join(" AND ")})`;
  if (any !== undefined) return `(${any.map(inCesql).join(" OR ")})`;
  return `(NOT ${inCesql(not ?? {})})`;
}
