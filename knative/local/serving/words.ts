/**
 * Splits a command into words: blanks separate, single and double quotes group, a backslash takes
 * the next character as it is (not within single quotes). Nothing is expanded: `$`, `*`, `;` and
 * `|` are ordinary characters, because no shell ever sees them.
 * @throws Error when a quote is not closed or the text ends with a backslash.
 */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  let word: string | null = null;
  let quote: "'" | '"' | null = null;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === "\\" && quote !== "'") {
      at += 1;
      if (at >= text.length) throw new Error("ends with a backslash");
      word = (word ?? "") + text.charAt(at);
    } else if (quote !== null) {
      if (character === quote) quote = null;
      else word += character;
    } else if (character === "'" || character === '"') {
      quote = character;
      word ??= "";
    } else if (/\s/.test(character)) {
      if (word !== null) words.push(word);
      word = null;
    } else {
      word = (word ?? "") + character;
    }
  }
  if (quote !== null) throw new Error(`the ${quote} is not closed`);
  if (word !== null) words.push(word);
  return words;
}
