import { toBytes, toText } from "./bytes.ts";

/** White space as Unicode has it and Go trims it: with U+0085, and without JavaScript's U+FEFF. */
const SPACE = /^[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]$/;

/** Bytes without white space at either end. */
export function trim(bytes: string): string {
  const text = toText(bytes);
  let start = 0;
  while (start < text.length && SPACE.test(text.charAt(start))) start += 1;
  let end = text.length;
  while (end > start && SPACE.test(text.charAt(end - 1))) end -= 1;
  // Cut from the bytes, not from the text: what is no UTF-8 in between stays as it is.
  const before = toBytes(text.slice(0, start)).length;
  const after = toBytes(text.slice(end)).length;
  return bytes.slice(before, bytes.length - after);
}
