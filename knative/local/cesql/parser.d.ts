import type { Expression } from "./expression.ts";

/** Throws a SyntaxError. Made from cesql.peggy by `npm run cesql:parser`. */
export function parse(text: string): Expression;

export class SyntaxError extends Error {
  readonly location: { start: { offset: number; line: number; column: number } };
}
