import assert from "node:assert/strict";
import fc from "fast-check";
import { parseTraceContext, traceAttributes } from "../../../shared/trace/trace-context.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const SPAN = "b7ad6b7169203331";

describe("parseTraceContext", () => {
  const good: [traceparent: string, isSampled: boolean][] = [
    [`00-${TRACE}-${SPAN}-01`, true],
    [`00-${TRACE}-${SPAN}-00`, false],
    [`00-${TRACE}-${SPAN}-03`, true],
    [`cc-${TRACE}-${SPAN}-01`, true],
    [`cc-${TRACE}-${SPAN}-01-what-will-be`, true],
  ];
  for (const [traceparent, isSampled] of good) {
    it(`reads ${traceparent}`, () => {
      const expected = { traceId: TRACE, spanId: SPAN, isSampled, state: null };
      assert.deepEqual(parseTraceContext(traceparent, undefined), expected);
    });
  }

  const bad: unknown[] = [
    undefined,
    "",
    [`00-${TRACE}-${SPAN}-01`],
    `ff-${TRACE}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-01-more`,
    `00-${TRACE}-${SPAN}`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${"0".repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${"0".repeat(16)}-01`,
    `00-${TRACE}-${SPAN}-0x`,
    ` 00-${TRACE}-${SPAN}-01`,
    `cc-${TRACE}-${SPAN}-01.x`,
    `cc-${TRACE}-${SPAN}-01-a\r\nb`,
  ];
  for (const traceparent of bad) {
    it(`takes ${JSON.stringify(traceparent)} for no trace`, () => {
      assert.equal(parseTraceContext(traceparent, "a=1"), null);
    });
  }

  it("leaves a state out that is too long or could break a header, and keeps the trace", () => {
    for (const state of ["x".repeat(513), "a=1\r\nset-cookie: b", "", "a=é", 7]) {
      assert.equal(parseTraceContext(`00-${TRACE}-${SPAN}-01`, state)?.state, null);
    }
  });

  it("reads back whatever is written", () => {
    const hex = (digits: number) =>
      fc
        .stringMatching(new RegExp(`^[0-9a-f]{${digits}}$`))
        .filter((text) => /[1-9a-f]/.test(text));
    const context = fc.record(
      {
        traceId: hex(32),
        spanId: hex(16),
        isSampled: fc.boolean(),
        state: fc.constantFrom(null, "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"),
      },
      { noNullPrototype: true },
    );
    fc.assert(
      fc.property(context, (each) => {
        const { traceparent, tracestate } = traceAttributes(each);
        assert.deepEqual(parseTraceContext(traceparent, tracestate), each);
      }),
    );
  });
});
