/**
 * Text that cannot move the cursor, colour the screen or forge a line: control characters and
 * marks of writing direction are shown as `\xNN`. What functions print and events are called is not ours.
 */
export function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069]/gu,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}
