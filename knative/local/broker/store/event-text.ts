import type { CloudEvent } from "../cloud-event.ts";

export type EventRow = { attributes: string; headers: string; data: Uint8Array | null };

/** Attributes and headers as lists of pairs: any name is safe, and order is kept. */
export function toRow(event: CloudEvent, headers: readonly [string, string][]): EventRow {
  return {
    attributes: JSON.stringify([...event.attributes]),
    headers: headers.length === 0 ? "[]" : JSON.stringify(headers),
    data: event.data,
  };
}

export function fromRow(row: EventRow): { event: CloudEvent; headers: [string, string][] } {
  const { data } = row;
  return {
    event: {
      attributes: new Map(JSON.parse(row.attributes) as [string, string][]),
      data: data === null ? null : Buffer.from(data.buffer, data.byteOffset, data.byteLength),
    },
    headers: JSON.parse(row.headers) as [string, string][],
  };
}
