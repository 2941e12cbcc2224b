import assert from "node:assert/strict";
import { passedHeaders, replyHeaders } from "../../../../knative/local/broker/passed-headers.ts";

const TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

describe("headers that travel with an event", () => {
  it("are Knative's, and the trace", () => {
    const passed = passedHeaders({
      traceparent: TRACE,
      tracestate: "a=1",
      "x-request-id": "7",
      "x-b3-traceid": "8",
      "knative-thing": "9",
      authorization: "secret",
      "content-type": "text/plain",
    });
    assert.deepEqual(passed, [
      ["traceparent", TRACE],
      ["tracestate", "a=1"],
      ["x-request-id", "7"],
      ["x-b3-traceid", "8"],
      ["knative-thing", "9"],
    ]);
  });

  it("go on with the reply: the trace of what was asked, where the answer names none", () => {
    const asked: [string, string][] = [
      ["traceparent", TRACE],
      ["x-request-id", "7"],
    ];
    assert.deepEqual(replyHeaders({ "x-request-id": "8" }, asked), [
      ["x-request-id", "8"],
      ["traceparent", TRACE],
    ]);
    const nearer = TRACE.replace("b7ad", "0000");
    assert.deepEqual(replyHeaders({ traceparent: nearer }, asked), [["traceparent", nearer]]);
  });
});
