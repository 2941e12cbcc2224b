import assert from "node:assert/strict";
import { CloudEvent, HTTP } from "cloudevents";
import fc from "fast-check";
import { AppError } from "../../shared/errors.ts";
import type { Event } from "../../shared/events/contract.ts";
import { receive } from "../../shared/receive.ts";

const name = fc
  .stringMatching(/^[a-z][a-z0-9]{0,12}$/)
  .filter((text) => !KNOWN.has(text) && !text.startsWith("data"));
const KNOWN = new Set(["id", "source", "type", "subject", "time", "specversion", "schemaurl"]);
/** What headers and both modes carry alike: visible ASCII; node:http trims what is at the ends. */
const text = fc.stringMatching(/^[!#$&-~][ -$&-~]{0,30}[!#$&-~]$/);
const time = fc
  .date({ min: new Date("1970-01-01"), max: new Date("9999-12-31"), noInvalidDate: true })
  .map((date) => date.toISOString());
const json = fc.oneof(
  fc.dictionary(fc.string(), fc.jsonValue()).map((value) => JSON.parse(JSON.stringify(value))),
  fc.array(fc.jsonValue()).map((value) => JSON.parse(JSON.stringify(value))),
);
/** Without percent signs: decoding them is a difference on purpose, tested on its own. */
const url = fc.webUrl().filter((any) => !any.includes("%"));
const source = fc.oneof(url, fc.stringMatching(/^\/[a-z0-9][a-z0-9/._~-]{0,30}$/));
const attributes = fc.record(
  { id: text, source, type: text, subject: text, time, dataschema: url },
  { requiredKeys: ["id", "source", "type", "time"] },
);
const extensions = fc.dictionary(name, text, { maxKeys: 5 });
const payload = fc.oneof(
  fc.record({ data: json, datacontenttype: fc.constant("application/json") }),
  fc.record({ data: json, datacontenttype: fc.constant("application/json; charset=utf-8") }),
  fc.record({ data: fc.string({ minLength: 1 }), datacontenttype: fc.constant("text/plain") }),
  fc.record({
    data: fc.uint8Array({ minLength: 1 }),
    datacontenttype: fc.constant("application/octet-stream"),
  }),
  fc.record({ datacontenttype: fc.constant("application/json") }),
);
const valid = fc
  .tuple(attributes, extensions, payload)
  .map(([core, more, content]) => new CloudEvent<unknown>({ ...more, ...core, ...content }));

/** As a plain object without what is undefined, data in bytes as bytes, whatever the array. */
function comparable(event: object): object {
  const { data_base64: _, data, ...rest } = { ...event } as Record<string, unknown>;
  const plain = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  if (data === undefined) return plain;
  return { ...plain, data: ArrayBuffer.isView(data) ? [...(data as Uint8Array)] : data };
}

/** The message as it arrives: header names in lower case, values trimmed, the body in bytes. */
function onTheWire(message: ReturnType<typeof HTTP.binary>) {
  const headers = Object.fromEntries(
    Object.entries(message.headers).map(([header, value]) => [
      header.toLowerCase(),
      String(value).trim(),
    ]),
  );
  const { body } = message;
  const bytes = ArrayBuffer.isView(body)
    ? Buffer.from(body.buffer, body.byteOffset, body.byteLength)
    : Buffer.from(typeof body === "string" ? body : "");
  return { headers, bytes };
}

function bySdk(headers: Record<string, string>, bytes: Buffer): object {
  const isBytes = headers["content-type"] === "application/octet-stream";
  const body = bytes.length === 0 ? undefined : isBytes ? bytes : bytes.toString("utf8");
  return HTTP.toEvent<unknown>({ headers, body }) as Event;
}

function refusal(headers: Record<string, string>, body = ""): { code: string; status: number } {
  try {
    void receive(headers, Buffer.from(body));
  } catch (error) {
    assert.ok(error instanceof AppError, String(error));
    return { code: error.code, status: error.status };
  }
  assert.fail("it was taken");
}

const CORE = {
  "ce-specversion": "1.0",
  "ce-id": "1",
  "ce-source": "/test",
  "ce-type": "test.made.v1",
};
const JSON_TYPE = { "content-type": "application/json" };
const STRUCTURED = { "content-type": "application/cloudevents+json" };
const envelope = (more: object) =>
  JSON.stringify({ specversion: "1.0", id: "1", source: "/test", type: "test.made.v1", ...more });

describe("receive", () => {
  it("agrees with the SDK on every valid event in binary mode", () => {
    fc.assert(
      fc.property(valid, (event) => {
        const { headers, bytes } = onTheWire(HTTP.binary(event));
        const received = receive(headers, bytes) as Event;
        assert.deepEqual(comparable(received), comparable(bySdk(headers, bytes)));
      }),
      { numRuns: 500 },
    );
  });

  it("agrees with the SDK on every valid event in structured mode", () => {
    fc.assert(
      fc.property(valid, (event) => {
        const { headers, bytes } = onTheWire(HTTP.structured(event));
        const received = receive(headers, bytes) as Event;
        assert.deepEqual(comparable(received), comparable(bySdk(headers, bytes)));
      }),
      { numRuns: 500 },
    );
  });

  it("throws nothing but AppErrors, whatever it is given", () => {
    const header = fc.oneof(
      fc.constantFrom("content-type", "ce-id", "ce-time", "ce-specversion", "ce-__proto__"),
      fc.string().map((any) => `ce-${any}`),
    );
    const value = fc.oneof(
      fc.string(),
      fc.constantFrom("1.0", "0.3", "application/json", "application/cloudevents+json"),
    );
    const hostile = fc.oneof(fc.string(), fc.json(), fc.dictionary(fc.string(), fc.jsonValue()));
    return fc.assert(
      fc.asyncProperty(fc.dictionary(header, value), hostile, async (more, body) => {
        const bytes = Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
        try {
          await receive({ ...CORE, ...JSON_TYPE, ...more }, bytes);
        } catch (error) {
          assert.ok(error instanceof AppError, String(error));
        }
      }),
      { numRuns: 500 },
    );
  });

  it("normalizes time to UTC milliseconds and refuses what is no RFC 3339", () => {
    const at = (ceTime: string) =>
      (receive({ ...CORE, "ce-time": ceTime }, Buffer.alloc(0)) as Event).time;
    assert.equal(at("2026-11-20T12:00:00.123456789+02:00"), "2026-11-20T10:00:00.123Z");
    assert.equal(at("2026-11-20T10:00:00Z"), "2026-11-20T10:00:00.000Z");
    for (const bad of ["yesterday", "2026", "1795247857559", "2026-13-01T00:00:00.000Z"]) {
      assert.equal(refusal({ ...CORE, "ce-time": bad }).code, "INVALID_EVENT", bad);
    }
  });

  it("decodes percent escapes and raw UTF-8 in headers, and leaves a lone percent sign", () => {
    const subject = (value: string) =>
      (receive({ ...CORE, "ce-subject": value }, Buffer.alloc(0)) as Event).subject;
    assert.equal(subject("Euro%20%E2%82%AC%20%F0%9F%98%80"), "Euro € 😀");
    assert.equal(subject(Buffer.from("café", "utf8").toString("latin1")), "café");
    assert.equal(subject("100%"), "100%");
  });

  it("refuses control characters that an escape brings in", () => {
    assert.equal(refusal({ ...CORE, "ce-subject": "a%0d%0aset-cookie:x" }).code, "INVALID_EVENT");
    assert.equal(refusal(STRUCTURED, envelope({ subject: "a\u0000b" })).code, "INVALID_EVENT");
  });

  it("refuses names that no attribute may have, and touches no prototype", () => {
    for (const bad of ["ce-__proto__", "ce-foo-bar", "ce-", "ce-data"]) {
      assert.equal(refusal({ ...CORE, [bad]: "x" }).code, "INVALID_EVENT", bad);
    }
    const hostile = `{"__proto__":{"x":1},${envelope({}).slice(1)}`;
    assert.equal(refusal(STRUCTURED, hostile).code, "INVALID_EVENT");
    const taken = receive({ ...CORE, "ce-constructor": "x" }, Buffer.alloc(0)) as Event;
    assert.equal(taken["constructor"], "x");
    assert.equal(Object.getPrototypeOf(taken), Object.prototype);
  });

  it("reads data by its content type", () => {
    const data = (contentType: string, body: string) =>
      (receive({ ...CORE, "content-type": contentType }, Buffer.from(body)) as Event).data;
    assert.deepEqual(data("application/vnd.x+json; charset=UTF-8", "[1]"), [1]);
    assert.equal(data("application/json", "42"), 42);
    assert.equal(data("text/plain", "42"), "42");
    assert.deepEqual(data("image/png", "42"), Buffer.from("42"));
  });

  it("reads data_base64, and refuses it beside data or broken", () => {
    const event = receive(STRUCTURED, Buffer.from(envelope({ data_base64: "aGk=" }))) as Event;
    assert.deepEqual(event.data, Buffer.from("hi"));
    assert.equal("data_base64" in event, false);
    for (const bad of [
      { data_base64: "aGk=", data: 1 },
      { data_base64: "a" },
      { data_base64: 5 },
    ]) {
      assert.equal(refusal(STRUCTURED, envelope(bad)).code, "INVALID_EVENT");
    }
  });

  it("keeps integers and booleans of extensions, and refuses objects", () => {
    const event = receive(STRUCTURED, Buffer.from(envelope({ n: 5, b: true, x: null }))) as Event;
    assert.deepEqual([event["n"], event["b"], "x" in event], [5, true, false]);
    assert.equal(refusal(STRUCTURED, envelope({ o: {} })).code, "INVALID_EVENT");
    assert.equal(refusal(STRUCTURED, envelope({ n: 1.5 })).code, "INVALID_EVENT");
  });

  it("takes CloudEvents 0.3 through the SDK", async () => {
    const body = JSON.stringify({
      specversion: "0.3",
      id: "1",
      source: "/t",
      type: "t",
      data: [1],
    });
    const event = await receive(STRUCTURED, Buffer.from(body));
    assert.deepEqual([event.id, event.type, event.data], ["1", "t", [1]]);
    const binary = { ...CORE, ...JSON_TYPE, "ce-specversion": "0.3" };
    assert.deepEqual((await receive(binary, Buffer.from("[2]"))).data, [2]);
  });

  it("says what is wrong with everything else", () => {
    const batch = { "content-type": "application/cloudevents-batch+json" };
    assert.deepEqual(refusal(batch, "[]"), { code: "BATCH_UNSUPPORTED", status: 422 });
    assert.deepEqual(refusal(JSON_TYPE, "{}"), { code: "NOT_A_CLOUDEVENT", status: 422 });
    assert.equal(refusal({ ...CORE, "ce-specversion": "2.0" }).code, "UNSUPPORTED_SPECVERSION");
    assert.equal(refusal({ ...CORE, ...JSON_TYPE }, "{no").code, "INVALID_JSON");
    assert.equal(refusal(STRUCTURED, "[]").code, "INVALID_EVENT");
    assert.equal(refusal({ ...CORE, "ce-id": "" }).code, "INVALID_EVENT");
    assert.equal(refusal({ "ce-specversion": "1.0", "ce-id": "1" }).code, "INVALID_EVENT");
    const unreadable: Record<string, string>[] = [
      { "content-type": "application/cloudevents+avro" },
      { "content-type": "application/json; charset=utf-16" },
      { "content-type": "application/json", "content-encoding": "gzip" },
    ];
    for (const more of unreadable) {
      assert.deepEqual(refusal({ ...CORE, ...more }, "{}"), {
        code: "UNSUPPORTED_MEDIA_TYPE",
        status: 415,
      });
    }
  });
});
