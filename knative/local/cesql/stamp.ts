import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";

/** First line of parser.js: which grammar it was made from. */
export function stampOf(grammar: string): string {
  return `// sha256 of cesql.peggy: ${createHash("sha256").update(grammar).digest("hex")}\n`;
}

if (import.meta.main) {
  const parser = new URL("parser.js", import.meta.url);
  const grammar = readFileSync(new URL("cesql.peggy", import.meta.url), "utf8");
  writeFileSync(parser, stampOf(grammar) + readFileSync(parser, "utf8"));
}
