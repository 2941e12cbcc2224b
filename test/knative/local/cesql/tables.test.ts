import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { parse as parseYaml } from "yaml";
import { z } from "zod";
import { evaluate } from "../../../../knative/local/cesql/evaluate.ts";
import { CesqlSyntaxError, parse } from "../../../../knative/local/cesql/parse.ts";

const Value = z.union([z.boolean(), z.number(), z.string()]);
const Attributes = z.record(z.string(), Value);

const Row = z.strictObject({
  expression: z.string(),
  result: Value.optional(),
  error: z.string().optional(),
  event: Attributes.optional(),
  eventOverrides: Attributes.optional(),
});

const Table = z.strictObject({ name: z.string(), tests: z.array(Row) });

/** What sdk-go, which Knative's brokers filter with, said of expressions made at random. */
const Recorded = z.strictObject({ judge: z.string(), event: Attributes, rows: z.array(Row) });

const EVENT = { specversion: "1.0", id: "1", source: "/s", type: "t" };

function check({ expression, result, error, event, eventOverrides }: z.output<typeof Row>): void {
  if (error === "parse") {
    assert.throws(() => parse(expression), CesqlSyntaxError);
    return;
  }
  const attributes = new Map(Object.entries({ ...(event ?? EVENT), ...eventOverrides }));
  const { value, errors } = evaluate(parse(expression), attributes);
  assert.deepEqual(
    { value, errors: errors.map(({ kind }) => kind) },
    { value: result, errors: error === undefined ? [] : [error] },
  );
}

const TABLES = new URL("tables/", import.meta.url);
for (const file of readdirSync(TABLES)) {
  const { name, tests } = Table.parse(parseYaml(readFileSync(new URL(file, TABLES), "utf8")));
  describe(`CESQL: ${name}`, () => {
    for (const row of tests) {
      const outcome = row.error ?? JSON.stringify(row.result);
      it(`${JSON.stringify(row.expression)}: ${outcome}`, () => check(row));
    }
  });
}

describe("CESQL beside sdk-go", () => {
  const file = new URL("recorded.json", import.meta.url);
  const { judge, event, rows } = Recorded.parse(JSON.parse(readFileSync(file, "utf8")));
  it(`${rows.length} expressions give the value and the error that ${judge} gives`, () => {
    for (const row of rows) {
      try {
        check({ ...row, event });
      } catch (cause) {
        throw new Error(`differs: ${JSON.stringify(row)}`, { cause });
      }
    }
  });
});
