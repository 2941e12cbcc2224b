import fc from "fast-check";
import type { CloudEvent } from "../../../../../knative/local/broker/cloud-event.ts";
import type { FilterSpec } from "../../../../../knative/local/manifests/filter.ts";

/** An event with every built-in attribute but dataschema, and one extension. */
export const event = (attributes: Record<string, string> = {}): CloudEvent => ({
  attributes: new Map(
    Object.entries({
      specversion: "1.0",
      id: "abc",
      source: "/source/a",
      type: "order.created",
      subject: "one",
      time: "2020-01-02T03:04:05.120Z",
      datacontenttype: "application/json; charset=utf-8",
      region: "eu-west",
      ...attributes,
    }),
  ),
  data: null,
});

const value = fc.constantFrom("", "a", "ab", "b", "order");
/** Few names and few values, so that they often meet. */
export const attributes = fc.dictionary(fc.constantFrom("type", "source", "region"), value, {
  maxKeys: 2,
});
/** True, false, an error (a missing attribute), and no filter at all. */
const cesql = fc.constantFrom(
  "",
  "type = 'a'",
  "region = 'b' AND type IN ('a', 'order')",
  "NOT (type = 'a')",
  "zone = 'a' OR type = 'a'",
);
/** Every dialect, nested. */
export const { spec } = fc.letrec<{ spec: FilterSpec }>((tie) => ({
  spec: fc.oneof(
    { maxDepth: 4 },
    fc.record({ exact: attributes }),
    fc.record({ prefix: attributes }),
    fc.record({ suffix: attributes }),
    fc.record({ all: fc.array(tie("spec"), { maxLength: 3 }) }),
    fc.record({ any: fc.array(tie("spec"), { maxLength: 3 }) }),
    fc.record({ not: tie("spec") }),
    fc.record({ cesql }),
  ),
}));
