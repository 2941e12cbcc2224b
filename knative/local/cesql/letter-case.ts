import { isAscii, toBytes, toText } from "./bytes.ts";

/** Bytes in lower case, as Go's strings.ToLower: letter by letter, without regard to neighbours. */
export function toLowerCase(bytes: string): string {
  if (isAscii(bytes)) return bytes.toLowerCase();
  return mapLetters(bytes, (letter) => (letter === "İ" ? "i" : letter.toLowerCase()));
}

/** Bytes in upper case, as Go's strings.ToUpper: one letter for one, so that ß stays ß. */
export function toUpperCase(bytes: string): string {
  if (isAscii(bytes)) return bytes.toUpperCase();
  return mapLetters(bytes, (letter) => {
    const upper = letter.toUpperCase();
    if (Array.from(upper).length === 1) return upper;
    return withIotaBelow(letter) ?? letter;
  });
}

function mapLetters(bytes: string, map: (letter: string) => string): string {
  return toBytes(Array.from(toText(bytes), map).join(""));
}

/** ᾀ has ᾈ, which JavaScript writes as two letters: Unicode puts it 8 or 9 places further. */
function withIotaBelow(letter: string): string | undefined {
  const code = letter.codePointAt(0) ?? 0;
  return [code + 8, code + 9]
    .map((candidate) => String.fromCodePoint(candidate))
    .find((candidate) => candidate.toLowerCase() === letter);
}
