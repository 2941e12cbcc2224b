import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { decodeProtobuf } from "../../../../../knative/local/cluster/protobuf/decode.ts";
import { StatusError } from "../../../../../knative/local/cluster/status-error.ts";

type Row = { kind: string; proto: string; json: unknown };

/** Objects with every field set, or every one set to zero, as client-go 0.36.3 writes them. */
const rows = readFileSync(join(import.meta.dirname, "written.jsonl"), "utf8")
  .split("\n")
  .filter((line) => line !== "")
  .map((line) => JSON.parse(line) as Row);

/** Go writes a list or a time that is not there as null. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(entries.map(([name, member]) => [name, withoutNulls(member)]));
}

const body = (hex: string): Buffer =>
  Buffer.concat([Buffer.from("k8s\0"), Buffer.from(hex, "hex")]);

describe("decodeProtobuf", () => {
  for (const kind of new Set(rows.map((row) => row.kind))) {
    it(`reads a ${kind} as the JSON that client-go writes of it`, () => {
      for (const row of rows.filter((each) => each.kind === kind)) {
        assert.deepEqual(
          decodeProtobuf(Buffer.from(row.proto, "base64")),
          withoutNulls(row.json),
          row.proto.slice(0, 40),
        );
      }
    });
  }

  it("refuses a kind that is not served", () => {
    // runtime.Unknown { typeMeta { apiVersion: "v9", kind: "X" } }
    assert.throws(() => decodeProtobuf(body("0a070a027639120158")), /does not serve v9 X/);
  });

  it("answers 400, and nothing else, to bytes that are no message", () => {
    const written = Buffer.from(rows.find(({ kind }) => kind === "v1/Pod")?.proto ?? "", "base64");
    const changed = fc
      .tuple(fc.nat(written.length - 1), fc.nat(255))
      .map(([index, byte]) => Buffer.from(written).fill(byte, index, index + 1));
    const any = fc
      .uint8Array({ maxLength: 60 })
      .map((bytes) => Buffer.concat([Buffer.from("k8s\0"), Buffer.from(bytes)]));
    fc.assert(
      fc.property(fc.oneof(changed, any), (bytes) => {
        try {
          decodeProtobuf(bytes);
        } catch (error) {
          assert.ok(error instanceof StatusError && error.code === 400, String(error));
        }
      }),
    );
  });
});
