import assert from "node:assert/strict";
import fc from "fast-check";
import { parseSelector } from "../../../functions/label-scan/selector.ts";
import { AppError } from "../../../shared/errors.ts";

describe("parseSelector", () => {
  for (const text of [
    "app=cart",
    "app==cart",
    "app!=cart",
    "app = cart",
    "app=",
    "app",
    "!app",
    "app in (cart,search)",
    "app notin (cart, search),vigie.dev/sla=gold",
    "app.kubernetes.io/name=cart,!fogsla,tier in (a,b),x!=y",
    "",
    "  ",
    "app=,tier",
    "app in(cart)",
    "app in ()",
    "app in (,)",
    "app in ( a , ,b )",
    "! app",
    "in in (notin)",
    "in",
    "cpus>4,cpus<64",
    "\tapp =\r\ncart ",
  ]) {
    it(`takes ${text}`, () => {
      assert.equal(parseSelector(text), text);
    });
  }

  for (const text of [
    "app in cart",
    ",app",
    "app,,tier",
    "app tier",
    "!app=cart",
    "!!app",
    "app===cart",
    "app=!cart",
    "app=a==b",
    "app in ((a))",
    "app in (a b)",
    "app in (a))",
    "app inside (a)",
    "app=(a)",
    "cpus>",
    "cpus>four",
    "cpus>-4",
    "cpus>9223372036854775808",
    "a/b/c=d",
    "app\u00a0=cart",
    "app=caf\u00e9",
    "app\u0000",
    "app in (cart",
    "=cart",
    "app=cart,",
    "app=a b",
    "app=; rm -rf /",
    "../secrets",
    "app=cart&limit=1",
    "a=b\r\nX-Header: y",
    "a".repeat(5000),
    `app=${"a".repeat(64)}`,
  ]) {
    it(`refuses ${JSON.stringify(text.slice(0, 30))}`, () => {
      assert.throws(() => parseSelector(text), { code: "INVALID_SELECTOR" });
    });
  }

  it("answers the text or refuses it, whatever it is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        try {
          assert.equal(parseSelector(text), text);
        } catch (error) {
          assert.ok(error instanceof AppError);
        }
      }),
    );
  });
});
