import { PermanentError } from "../../shared/errors.ts";
import { isValidLabelKey, isValidLabelValue } from "../../shared/kube/path.ts";

/** Longer ones do not fit the request line of common proxies. */
const MAX_SELECTOR_LENGTH = 4096;

/** What Go's scanner takes for white space, and nothing that Unicode adds. */
const TOKEN = /==|!=|[=!(),<>]|[^ \t\r\n=!(),<>]+/g;
const SYMBOL = /^(?:==|!=|[=!(),<>])$/;

/** A signed integer of 64 bits. */
const MAX_NUMBER = 2n ** 63n - 1n;

/**
 * Checks a label selector as `kubectl -l` takes it: `a=b`, `a==b`, `a!=b`, `a`, `!a`,
 * `a in (b,c)`, `a notin (b,c)`, `a>1`, `a<1`, separated by commas. Answers it as it was.
 * https://github.com/kubernetes/apimachinery/blob/master/pkg/labels/selector.go
 * @throws PermanentError INVALID_SELECTOR that says what is wrong with which part.
 */
export function parseSelector(text: string): string {
  if (text.length > MAX_SELECTOR_LENGTH) {
    throw invalid(`longer than ${MAX_SELECTOR_LENGTH} characters`);
  }
  const tokens = new Tokens(text);
  if (tokens.peek() === END) return text;
  do readRequirement(tokens);
  while (tokens.take([",", END], "a comma or the end") === ",");
  return text;
}

/** Stands behind the last token. */
const END = "";

class Tokens {
  readonly #tokens: readonly string[];
  #next = 0;

  constructor(text: string) {
    this.#tokens = text.match(TOKEN) ?? [];
  }

  peek(): string {
    return this.#tokens[this.#next] ?? END;
  }

  /** The next one, which must be one of these. */
  take(expected: readonly string[], meaning: string): string {
    const token = this.peek();
    if (!expected.includes(token)) throw unexpected(token, meaning);
    this.#next += 1;
    return token;
  }

  /** The next one, which must be a word. */
  word(meaning: string): string {
    const token = this.peek();
    if (token === END || SYMBOL.test(token)) throw unexpected(token, meaning);
    this.#next += 1;
    return token;
  }
}

function readRequirement(tokens: Tokens): void {
  const isAbsent = tokens.peek() === "!";
  if (isAbsent) tokens.take(["!"], "");
  const key = tokens.word("a label key");
  if (!isValidLabelKey(key)) throw invalid(`${quote(key)} is no label key`);
  if (isAbsent || isEnd(tokens.peek())) return;
  const operator = tokens.take(["=", "==", "!=", "in", "notin", ">", "<"], "an operator");
  if (operator === "in" || operator === "notin") {
    readSet(tokens);
    return;
  }
  // `a=` is the empty value.
  const value = isEnd(tokens.peek()) ? "" : tokens.word("a value");
  checkValue(value);
  if ((operator === ">" || operator === "<") && !isNumber(value)) {
    throw invalid(`${quote(value)} is no whole number, which ${operator} asks for`);
  }
}

/** `(b,c)`. `(,)` and `()` are the empty value. */
function readSet(tokens: Tokens): void {
  tokens.take(["("], "a parenthesis");
  do {
    const next = tokens.peek();
    if (next !== "," && next !== ")") checkValue(tokens.word("a value"));
  } while (tokens.take([",", ")"], "a comma or a closing parenthesis") === ",");
}

function isEnd(token: string): boolean {
  return token === END || token === ",";
}

function isNumber(value: string): boolean {
  return /^\d{1,19}$/.test(value) && BigInt(value) <= MAX_NUMBER;
}

function checkValue(value: string): void {
  if (!isValidLabelValue(value)) throw invalid(`${quote(value)} is no label value`);
}

function unexpected(token: string, meaning: string): PermanentError {
  return invalid(`found ${token === END ? "the end" : quote(token)} instead of ${meaning}`);
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, 80));
}

function invalid(detail: string): PermanentError {
  return new PermanentError("INVALID_SELECTOR", `the label selector is not valid: ${detail}`);
}
