import assert from "node:assert/strict";
import fc from "fast-check";
import {
  formatCpuMillis,
  formatMemoryBytes,
  parseCpuMillis,
  parseMemoryBytes,
} from "../../shared/quantity.ts";

describe("quantity", () => {
  const cpu: [string | number, number][] = [
    ["2", 2000],
    ["250m", 250],
    ["0.5", 500],
    [".5", 500],
    ["1.", 1000],
    ["1e3", 1_000_000],
    ["1E-3", 1],
    ["+3", 3000],
    ["-250m", -250],
    ["100u", 1],
    ["-1u", -1],
    ["12345678n", 13],
    ["0", 0],
    ["-0", 0],
    ["2k", 2_000_000],
    [2, 2000],
    [0.1, 100],
  ];
  for (const [text, cpuMillis] of cpu) {
    it(`reads ${text} as ${cpuMillis} millis`, () => assert.equal(parseCpuMillis(text), cpuMillis));
  }

  const memory: [string, number][] = [
    ["128Mi", 134_217_728],
    ["1.5Gi", 1_610_612_736],
    ["128974848", 128_974_848],
    ["129e6", 129_000_000],
    ["129M", 129_000_000],
    ["123456789m", 123_457],
    ["1Ki", 1024],
    ["1k", 1000],
    ["4Pi", 4_503_599_627_370_496],
    ["1Ti", 1_099_511_627_776],
    ["7T", 7_000_000_000_000],
    ["9P", 9_000_000_000_000_000],
    ["0.001Ei", 1_152_921_504_606_847],
    ["0.001E", 1_000_000_000_000_000],
  ];
  for (const [text, memoryBytes] of memory) {
    it(`reads ${text} as ${memoryBytes} bytes`, () =>
      assert.equal(parseMemoryBytes(text), memoryBytes));
  }

  for (const text of [
    "",
    " 1",
    "1 ",
    "1 Mi",
    "Mi",
    ".",
    "1.2.3",
    "1mi",
    "1K",
    "1KiB",
    "--1",
    "0x10",
    "1e",
    "1e999",
    "NaN",
    "Infinity",
    "١",
    "9".repeat(65),
    "16Ei",
    "1; rm -rf /",
  ]) {
    it(`refuses ${JSON.stringify(text.slice(0, 20))}`, () => {
      assert.throws(() => parseMemoryBytes(text), { code: "INVALID_QUANTITY", status: 422 });
      assert.throws(() => parseCpuMillis(text), { code: "INVALID_QUANTITY" });
    });
  }

  it("reads back whatever it writes", () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (amount) => {
        assert.equal(parseCpuMillis(formatCpuMillis(amount)), amount || 0);
        assert.equal(parseMemoryBytes(formatMemoryBytes(amount)), amount || 0);
      }),
    );
  });

  it("writes as Kubernetes does", () => {
    assert.deepEqual([250, 2000, 1, 0].map(formatCpuMillis), ["250m", "2", "1m", "0"]);
    assert.deepEqual([134_217_728, 1000, 1024, 0, 3 * 2 ** 40].map(formatMemoryBytes), [
      "128Mi",
      "1000",
      "1Ki",
      "0",
      "3Ti",
    ]);
  });

  it("never throws but its own error, and never gives what is no safe integer", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9.+\-eEKMGTPinumk]*$/), (text) => {
        try {
          assert.ok(Number.isSafeInteger(parseCpuMillis(text)));
        } catch (error) {
          assert.equal((error as { code?: string }).code, "INVALID_QUANTITY");
        }
      }),
    );
  });

  it("reads plain quantities as it reads the same ones written otherwise", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 999_999_999 }),
        fc.constantFrom("", "m", "Ki", "Mi", "Gi"),
        (amount, suffix) => {
          for (const parse of [parseCpuMillis, parseMemoryBytes]) {
            const read = (text: string) => {
              try {
                return parse(text);
              } catch {
                return "refused";
              }
            };
            assert.equal(read(`${amount}${suffix}`), read(`+${amount}.0${suffix}`));
          }
        },
      ),
    );
  });
});
