/**
 * An event as a broker sees it: attributes for filters, data as the bytes that came. Data is never
 * parsed, so nothing in it can change on the way.
 */
export type CloudEvent = {
  /**
   * All context attributes with extensions, lower-case names, values in their text form.
   * `specversion`, `id`, `source` and `type` are there once `faultOf` has found nothing.
   */
  readonly attributes: ReadonlyMap<string, string>;
  /** Null when there is none. */
  readonly data: Buffer | null;
};

/** An attribute as text; "" when it is absent. */
export function attribute(event: CloudEvent, name: string): string {
  return event.attributes.get(name) ?? "";
}

/** The same event with attributes set; undefined takes one away. */
export function withAttributes(
  event: CloudEvent,
  changes: Readonly<Record<string, string | undefined>>,
): CloudEvent {
  const attributes = new Map(event.attributes);
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) attributes.delete(name);
    else attributes.set(name, value);
  }
  return { attributes, data: event.data };
}

/** Bytes that an event holds on to: for bounds, not to the byte. */
export function sizeBytes(event: CloudEvent): number {
  let bytes = event.data?.length ?? 0;
  for (const [name, value] of event.attributes) bytes += name.length + value.length;
  return bytes;
}
