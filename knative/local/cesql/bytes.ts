/**
 * Go's strings are bytes, so in sdk-go LENGTH('é') is 2 and _ matches half of it. While an
 * expression is evaluated, a string therefore holds one UTF-8 byte per character. Plain ASCII, which
 * is nearly everything, is the same either way and costs one look.
 */
export function toBytes(text: string): string {
  return isAscii(text) ? text : Buffer.from(text, "utf8").toString("latin1");
}

/** Back to text. Bytes that are no UTF-8 become U+FFFD. */
export function toText(bytes: string): string {
  return isAscii(bytes) ? bytes : Buffer.from(bytes, "latin1").toString("utf8");
}

export function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    if (text.charCodeAt(index) > 0x7f) return false;
  }
  return true;
}
