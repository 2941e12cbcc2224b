import { CORE_ATTRIBUTES } from "../../../shared/attribute.ts";
import type { Broker } from "../manifests/broker.ts";
import { type CloudEvent, withAttributes } from "./cloud-event.ts";
import type { Passage } from "./engine.ts";
import { TTL_ATTRIBUTE } from "./ttl.ts";

/** Why an event failed for good, as the extensions of a dead letter say it. */
export type KnativeError = {
  /** URL that was tried; the broker's when the reply was not taken. */
  destination: string;
  /** 500 when no answer came. */
  code: number;
  /** At most what `ERROR_BODY_BYTES` keeps. */
  body: Buffer;
  /** Kafka: from response headers `kne-<name>`. */
  extensions: Readonly<Record<string, string>>;
  /** That the dead letter travels with; absent: those of the event. */
  headers?: [string, string][];
};

/** The most that any flavour puts into `knativeerrordata`. */
export const ERROR_BODY_BYTES = 1024;
const MT_DATA_CHARACTERS = 1024;
const PREFIX = "kne-";

/**
 * The dead letter of an event. MT writes each extension only where it is missing, so that an event
 * sent again keeps its first failure, and lets the sink see how many passes are left; Kafka
 * overwrites.
 */
export function deadLetter(
  { event, ttl }: Pick<Passage, "event" | "ttl">,
  error: KnativeError | null,
  flavour: Broker["flavour"],
): CloudEvent {
  if (flavour === "kafka") return error === null ? event : withAttributes(event, ofKafka(error));
  const extensions: Record<string, string> = {
    ...(error === null ? {} : ofMt(error)),
    ...Object.fromEntries(event.attributes),
    [TTL_ATTRIBUTE]: String(ttl),
  };
  return withAttributes(event, extensions);
}

function ofKafka({ body, code, destination, extensions }: KnativeError): Record<string, string> {
  const data = body.toString("base64");
  return {
    ...extensions,
    knativeerrordest: destination,
    knativeerrorcode: String(code),
    ...(data === "" ? {} : { knativeerrordata: data }),
  };
}

/** Data is there also when the body was empty. */
function ofMt({ body, code, destination }: KnativeError): Record<string, string> {
  return {
    knativeerrordest: destination,
    knativeerrorcode: String(code),
    knativeerrordata: body.toString("base64").slice(0, MT_DATA_CHARACTERS),
  };
}

/** For a replay: without what an earlier failure left behind. */
export function withoutError(event: CloudEvent): CloudEvent {
  return withAttributes(event, {
    knativeerrordest: undefined,
    knativeerrorcode: undefined,
    knativeerrordata: undefined,
  });
}

/** `kne-foo: x` → `foo: x`. Names that are no extension names are left out. */
export function errorExtensions(
  headers: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => name.startsWith(PREFIX))
      .map(([name, value]): [string, string] => [name.slice(PREFIX.length), value])
      .filter(([name]) => /^[a-z0-9]+$/.test(name) && !CORE_ATTRIBUTES.has(name)),
  );
}
