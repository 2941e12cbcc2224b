import assert from "node:assert/strict";
import fc from "fast-check";
import { faultOf } from "../../../../knative/local/broker/event-fault.ts";
import { rawMember } from "../../../../knative/local/broker/json-member.ts";
import { readEvent } from "../../../../knative/local/broker/read-event.ts";
import { writeBinary, writeStructured } from "../../../../knative/local/broker/write-event.ts";

const structured = (envelope: string) =>
  readEvent(
    { "content-type": "application/cloudevents+json; charset=utf-8" },
    Buffer.from(envelope),
  );
const required = '"specversion":"1.0","id":"1","source":"/s","type":"t"';

describe("events over HTTP", () => {
  it("keep the bytes of JSON data in structured mode", () => {
    const data = '{ "big": 12345678901234567890, "b":1, "a":[1, "}]", "\\"" ] }';
    const event = structured(`{${required},"data": ${data} , "x":1}`);
    assert.equal(event?.data?.toString(), data);
    assert.equal(event?.attributes.get("x"), "1");
    assert.equal(event?.attributes.get("datacontenttype"), "application/json");
  });

  it("decode data_base64, and text that is a JSON string", () => {
    assert.equal(structured(`{${required},"data_base64":"aGk="}`)?.data?.toString(), "hi");
    const text = structured(`{${required},"datacontenttype":"text/plain","data":"h\\ni"}`);
    assert.equal(text?.data?.toString(), "h\ni");
  });

  it("take CloudEvents 0.3 and keep the version", () => {
    const event = structured(
      '{"specversion":"0.3","id":"1","source":"/s","type":"t","datacontentencoding":"base64","data":"aGk="}',
    );
    assert.equal(event?.attributes.get("specversion"), "0.3");
    assert.equal(event?.data?.toString(), "hi");
  });

  const unreadable: [string, string][] = [
    ["no JSON", "{no"],
    ["a list", "[]"],
    ["null", "null"],
    ["no version", '{"id":"1","source":"/s","type":"t"}'],
    ["an unknown version", `{${required.replace("1.0", "9.9")}}`],
    ["an object as attribute", `{${required},"x":{}}`],
    ["a number as id", '{"specversion":"1.0","id":1,"source":"/s","type":"t"}'],
    ["both kinds of data", `{${required},"data":1,"data_base64":"aGk="}`],
    ["an object that is said to be text", `{${required},"datacontenttype":"text/plain","data":{}}`],
    ["bad base64", `{${required},"data_base64":"%"}`],
  ];
  for (const [name, envelope] of unreadable) {
    it(`refuse ${name}`, () => {
      assert.throws(() => structured(envelope), { name: "UnreadableEvent" });
    });
  }

  it("refuse batches", () => {
    const headers = { "content-type": "application/cloudevents-batch+json" };
    assert.throws(() => readEvent(headers, Buffer.from("[]")), { name: "UnreadableEvent" });
  });

  it("take a format they do not know for the content type of binary mode", () => {
    const type = "application/cloudevents+avro";
    const binary = { "content-type": type, "ce-specversion": "1.0", "ce-id": "1" };
    const event = readEvent(binary, Buffer.from("x"));
    assert.equal(event?.attributes.get("datacontenttype"), type);
    assert.equal(event?.data?.toString(), "x");
    assert.equal(readEvent({ "content-type": type }, Buffer.from("x")), null);
  });

  it("are not there without a ce-specversion that is known", () => {
    const headers = { "content-type": "application/json" };
    assert.equal(readEvent(headers, Buffer.from("{}")), null);
    for (const version of ["0.2", "1", "9000.1", ""]) {
      assert.equal(readEvent({ ...headers, "ce-specversion": version }, Buffer.from("{}")), null);
    }
  });

  const faults: [string, Record<string, string>, RegExp | null][] = [
    ["a whole event", {}, null],
    ["no id", { id: "" }, /^id/],
    ["blank type", { type: " " }, /^type/],
    ["a bad time", { time: "yesterday" }, /^time/],
    ["a time with an offset", { time: "2020-01-01T00:00:00.123456789+02:00" }, null],
    ["a relative dataschema", { dataschema: "schema.json" }, /^dataschema/],
    ["a bad media type", { datacontenttype: "text plain" }, /^datacontenttype/],
    ["a media type with a charset", { datacontenttype: 'text/plain; charset="utf-8"' }, null],
    ["a bad extension name", { bad_name: "x" }, /bad_name/],
    ["a prototype", { ["__proto__x"]: "x" }, /__proto__x/],
    ["a line break", { subject: "a\r\nx-evil: 1" }, /^subject/],
    ["a broken escape in source", { source: "/a%zz" }, /^source/],
  ];
  for (const [name, change, expected] of faults) {
    it(`${expected === null ? "may have" : "must not have"} ${name}`, () => {
      const base = { specversion: "1.0", id: "1", source: "/s", type: "t" };
      const fault = faultOf({
        attributes: new Map(Object.entries({ ...base, ...change })),
        data: null,
      });
      if (expected === null) assert.equal(fault, null);
      else assert.match(fault ?? "", expected);
    });
  }

  const text = fc
    .string({ unit: "grapheme", minLength: 1, maxLength: 20 })
    .filter((value) => !/\p{Cc}|\p{Cs}/u.test(value) && value.trim() === value && value !== "");
  const attributes = fc.record({
    specversion: fc.constant("1.0"),
    id: text,
    source: text,
    type: text,
    subject: text,
    myext: text,
    datacontenttype: fc.constantFrom("application/json", "text/plain"),
  });

  it("come out of binary and structured mode as they went in", () => {
    fc.assert(
      fc.property(attributes, fc.json(), (given, data) => {
        const event = { attributes: new Map(Object.entries(given)), data: Buffer.from(data) };
        for (const write of [writeBinary, writeStructured]) {
          const { headers, body } = write(event);
          for (const [, value] of headers) assert.match(value, /^[\t\x20-\x7e\x80-\xff]*$/);
          const read = readEvent(Object.fromEntries(headers), body);
          assert.deepEqual(Object.fromEntries(read?.attributes ?? []), { ...given });
          assert.equal(read?.data?.toString(), data);
        }
      }),
    );
  });

  it("raw members are what JSON.parse sees", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue(), (object, data) => {
        const spaced = JSON.stringify({ ...object, data }, null, 1);
        assert.deepEqual(
          JSON.parse(rawMember(spaced, "data") ?? ""),
          JSON.parse(JSON.stringify(data)),
        );
      }),
    );
  });
});
