import assert from "node:assert/strict";
import fc from "fast-check";
import { isValidLabelKey, isValidLabelValue, pathSegment } from "../../../shared/kube/path.ts";

describe("pathSegment", () => {
  for (const name of ["web", "web-7d4b9c6f5-x2x9k", "a.b-c.d", "0", "a".repeat(253)]) {
    it(`takes ${name.slice(0, 30)}`, () => assert.equal(pathSegment(name), name));
  }
  for (const name of [
    "",
    ".",
    "..",
    "../x",
    "a/b",
    "a%2fb",
    "x; rm -rf /",
    "a\u0000b",
    "a\r\nhost: b",
    "A",
    "é",
    "-a",
    "a-",
    "a..b",
    "a?b=c",
    "__proto__",
    "a".repeat(254),
  ]) {
    it(`refuses ${JSON.stringify(name.slice(0, 30))}`, () =>
      assert.throws(() => pathSegment(name), { code: "INVALID_NAME", status: 422 }));
  }

  it("never lets through what a URL would not keep as one segment", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[ab0.\-/%?#;\\ ]*$/), (name) => {
        let segment: string;
        try {
          segment = pathSegment(name);
        } catch {
          return;
        }
        assert.equal(new URL(`http://h/pods/${segment}`).pathname, `/pods/${name}`);
      }),
    );
  });
});

describe("labels", () => {
  it("have values of up to 63 letters, digits, -, _ and ., or none", () => {
    for (const value of ["", "a", "A.b_c-9", "x".repeat(63)]) assert.ok(isValidLabelValue(value));
    for (const value of ["-a", "a-", "a b", "é", "x".repeat(64), "a/b", "a\n"]) {
      assert.ok(!isValidLabelValue(value), value);
    }
  });
  it("have keys with a DNS name in front, or without", () => {
    for (const key of ["a", "vigie.dev/load", "R1"]) assert.ok(isValidLabelKey(key), key);
    for (const key of ["", "/a", "a/", "a/b/c", "A_b/c", "a b", "-a"]) {
      assert.ok(!isValidLabelKey(key), key);
    }
  });
});
