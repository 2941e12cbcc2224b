import { isIPv4, isIPv6 } from "node:net";

const day = /^\d{4}-\d\d-\d\d$/;
const dateTime = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;
const isDay = (text: string): boolean => day.test(text) && !Number.isNaN(Date.parse(text));

/** The formats of texts that are looked at; a text of another one may be anything. */
const checks: Readonly<Record<string, (text: string) => boolean>> = {
  "date-time": (text) => dateTime.test(text) && isDay(text.slice(0, "2026-11-21".length)),
  date: isDay,
  byte: (text) => /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text),
  duration: (text) => /^[+-]?(\d+(\.\d+)?\s*(ns|us|µs|ms|s|m|h|d|w))+$/.test(text),
  ipv4: isIPv4,
  ipv6: isIPv6,
  uri: (text) => URL.canParse(text),
  uuid: (text) => /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i.test(text),
};

export const fitsFormat = (format: string, text: string): boolean =>
  !Object.hasOwn(checks, format) || checks[format]?.(text) === true;

const bounds: Readonly<Record<string, number>> = { int32: 2 ** 31, int64: 2 ** 63 };

export const fitsWidth = (format: string, value: number): boolean => {
  const bound = Object.hasOwn(bounds, format) ? bounds[format] : undefined;
  return bound === undefined || (value < bound && value >= -bound);
};
