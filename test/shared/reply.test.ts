import assert from "node:assert/strict";
import fc from "fast-check";
import type { Event } from "../../shared/events/contract.ts";
import { receive } from "../../shared/receive.ts";
import { toBinary } from "../../shared/reply.ts";
import { isAttributeText } from "../../shared/attribute.ts";

const EVENT = { specversion: "1.0", id: "1", source: "/test", type: "test.made.v1" };

function headersOf(event: object): Record<string, string> {
  const { headers } = toBinary(event as Event);
  const named: Record<string, string> = {};
  for (let at = 0; at < headers.length; at += 2) named[headers[at] ?? ""] = headers[at + 1] ?? "";
  return named;
}

describe("toBinary", () => {
  it("writes what receive reads back as the same event", () => {
    const text = fc.string({ unit: "grapheme", minLength: 1 }).filter(isAttributeText);
    const event = fc
      .record({ subject: text, load: text, data: fc.dictionary(fc.string(), fc.jsonValue()) })
      .map((more) => ({ ...EVENT, ...more, data: JSON.parse(JSON.stringify(more.data)) }));
    fc.assert(
      fc.property(event, (sent) => {
        const { body = "" } = toBinary(sent as Event);
        const received = receive(headersOf(sent), Buffer.from(body)) as Event;
        assert.deepEqual(received, { ...sent, datacontenttype: "application/json" });
      }),
    );
  });

  it("escapes as the HTTP binding's own example", () => {
    const headers = headersOf({ ...EVENT, subject: 'Euro € 😀 "100%"' });
    assert.equal(headers["ce-subject"], "Euro%20%E2%82%AC%20%F0%9F%98%80%20%22100%25%22");
  });

  it("is written as latin1 only where that makes the bytes of UTF-8", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (data) => {
        const { body, encoding } = toBinary({ ...EVENT, data: { data } } as Event);
        assert.deepEqual(Buffer.from(String(body), encoding), Buffer.from(String(body), "utf8"));
        assert.equal(encoding === "latin1", Buffer.byteLength(data) === data.length);
      }),
    );
  });

  it("says the length in bytes and keeps bytes as they are", () => {
    assert.equal(headersOf({ ...EVENT, data: "é" })["content-length"], "4");
    const bytes = { ...EVENT, datacontenttype: "image/png", data: new Uint8Array([1, 255]) };
    assert.deepEqual(toBinary(bytes as Event).body, Buffer.from([1, 255]));
    assert.equal(headersOf(EVENT)["content-length"], "0");
  });

  it("leaves out what is undefined", () => {
    assert.equal("ce-subject" in headersOf({ ...EVENT, subject: undefined }), false);
  });

  it("refuses what would break a header", () => {
    for (const bad of [
      { subject: "a\r\nset-cookie: x" },
      { "bad-name": "x" },
      { datacontenttype: "text/plain\r\nx: y" },
      { nested: {} },
    ]) {
      assert.throws(() => toBinary({ ...EVENT, ...bad } as unknown as Event), {
        code: "INVALID_REPLY",
        status: 422,
      });
    }
  });
});
