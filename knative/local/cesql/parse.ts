import { childrenOf, type Expression } from "./expression.ts";
import * as parser from "./parser.js";

/** A text that is no CESQL expression, and where it stops being one. */
export class CesqlSyntaxError extends Error {
  /** In UTF-16 units, counted from 0. */
  readonly offset: number;
  /** Counted from 1. */
  readonly line: number;
  /** Counted from 1. */
  readonly column: number;

  constructor(message: string, { offset, line, column }: Position) {
    super(`${message} (line ${line}, column ${column})`);
    this.name = "CesqlSyntaxError";
    this.offset = offset;
    this.line = line;
    this.column = column;
  }
}

type Position = { offset: number; line: number; column: number };

/** Levels of an expression: what walks one needs stack for each, and must never run out of it. */
const MAX_DEPTH = 500;

/** Throws a CesqlSyntaxError, for blank text and for more than 500 levels too. */
export function parse(text: string): Expression {
  const expression = parseAny(text);
  if (depthOf(expression) > MAX_DEPTH) throw tooDeep();
  return expression;
}

function parseAny(text: string): Expression {
  try {
    return parser.parse(text);
  } catch (error) {
    if (error instanceof parser.SyntaxError) {
      const { start } = error.location;
      throw new CesqlSyntaxError(hintAt(text, start.offset) ?? uncapitalized(error.message), start);
    }
    // The parser itself ran out of stack.
    if (error instanceof RangeError) throw tooDeep();
    throw error;
  }
}

function tooDeep(): CesqlSyntaxError {
  const message = `has more than ${MAX_DEPTH} levels, which is more than is run locally`;
  return new CesqlSyntaxError(message, { offset: 0, line: 1, column: 1 });
}

/** Level by level, without recursion. */
function depthOf(expression: Expression): number {
  let depth = 0;
  for (let level: Expression[] = [expression]; level.length > 0; depth += 1) {
    level = level.flatMap(childrenOf);
  }
  return depth;
}

/** What to do about the usual mistakes; null when it is not one of them. */
function hintAt(text: string, offset: number): string | null {
  const rest = text.slice(offset);
  if (/^[+-]\d/.test(rest)) {
    return `${rest.slice(0, 2)} is a number of its own here: put a space after the ${rest[0]}`;
  }
  if (rest.startsWith("=") && text[offset - 1] === "=") return "== is written =";
  if (/^['"]/.test(rest)) return `the string that starts with ${rest[0]} does not end`;
  // sdk-go drops such characters and goes on, which turns !a into a.
  const stray = /^[^\sA-Za-z0-9'"()*/%+<>=,-]/u.exec(rest)?.[0];
  if (stray !== undefined && !rest.startsWith("!=")) return `CESQL has no character ${stray}`;
  return null;
}

function uncapitalized(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1).replace(/\.$/, "");
}
