/** Whether a text matches a LIKE pattern; both are bytes. */
export type Like = (text: string) => boolean;

/**
 * `%` is any bytes, `_` is one byte, `\%` and `\_` are themselves. As in sdk-go, a byte that equals
 * its place in the pattern is taken for it before `%` is thought of as a wildcard, and `\` is one
 * more byte when what it escapes is not there: '%a' LIKE '%' is false, '\a' LIKE '\%' is true.
 */
export function compileLike(pattern: string): Like {
  const plain = /^[^%_\\]*$/.test(pattern);
  return plain ? (text) => text === pattern : (text) => matches(text, pattern);
}

/** Steps in the text and in the pattern; a miss goes back to the last wildcard, one byte further. */
function matches(text: string, pattern: string): boolean {
  let at = 0;
  let wildcard: { next: number; from: number } | null = null;
  let index = 0;
  while (index < text.length) {
    const step = stepOver(text[index] as string, pattern, at);
    if (step > 0) {
      index += 1;
      at += step;
    } else if (pattern[at] === "%") {
      at += 1;
      wildcard = { next: at, from: index };
    } else if (wildcard !== null) {
      wildcard.from += 1;
      index = wildcard.from;
      at = wildcard.next;
    } else {
      return false;
    }
  }
  return /^%*$/.test(pattern.slice(at));
}

/** How many bytes of the pattern this one byte of text uses up; 0 when it does not match. */
function stepOver(byte: string, pattern: string, at: number): 0 | 1 | 2 {
  const wanted = pattern[at];
  if (wanted === "\\" && (byte === "%" || byte === "_") && pattern[at + 1] === byte) return 2;
  return wanted === "_" || wanted === byte ? 1 : 0;
}
