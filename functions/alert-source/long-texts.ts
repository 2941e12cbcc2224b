const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const NULL = Buffer.from("null");

/**
 * JSON text with `null` for each of its texts that takes more than `limitBytes` as it is written,
 * and how many those are: what was never to be of use need not be made a string, then a value. A
 * name of a member that is so long leaves no JSON behind, and one without an end is left.
 */
export function withoutLongTexts(
  json: Buffer,
  limitBytes: number,
): { json: Buffer; longTexts: number } {
  if (json.length <= limitBytes) return { json, longTexts: 0 };
  const kept: Buffer[] = [];
  let longTexts = 0;
  let from = 0;
  let open = json.indexOf(QUOTE);
  while (open >= 0) {
    const close = closeOf(json, open);
    if (close < 0) break;
    if (close - open - 1 > limitBytes) {
      kept.push(json.subarray(from, open), NULL);
      from = close + 1;
      longTexts += 1;
    }
    open = json.indexOf(QUOTE, close + 1);
  }
  if (longTexts === 0) return { json, longTexts };
  return { json: Buffer.concat([...kept, json.subarray(from)]), longTexts };
}

/** -1 when the text has no end. */
function closeOf(json: Buffer, open: number): number {
  let at = json.indexOf(QUOTE, open + 1);
  while (at >= 0 && isEscaped(json, at)) at = json.indexOf(QUOTE, at + 1);
  return at;
}

/** After an odd number of backslashes; the quote that opened the text ends them. */
function isEscaped(json: Buffer, at: number): boolean {
  let before = at - 1;
  while (json[before] === BACKSLASH) before -= 1;
  return (at - before) % 2 === 0;
}
