import { isRequired } from "./attribute.ts";
import { callsIn } from "./calls.ts";
import { childrenOf, type Expression } from "./expression.ts";
import { findFunction } from "./functions.ts";
import { parse } from "./parse.ts";
import { print } from "./print.ts";
import { staticType } from "./static-type.ts";

export type CesqlWarning = {
  code:
    | "data-attribute"
    | "mixed-logic"
    | "not-boolean"
    | "not-first"
    | "unguarded"
    | "unknown-function";
  /** What Knative makes of it, and what to write instead. */
  message: string;
};

/**
 * What a valid filter expression says that its author hardly means. Throws a CesqlSyntaxError as
 * `parse` does.
 */
export function lintCesql(text: string): readonly CesqlWarning[] {
  const expression = parse(text);
  const type = staticType(expression);
  const warnings: CesqlWarning[] = walk(expression).flatMap(
    (one) => mixedLogic(one) ?? notFirst(one) ?? dataAttribute(one) ?? [],
  );
  warnings.push(...unguarded(expression));
  for (const { name, parameters } of callsIn(expression)) {
    if (findFunction(name, parameters.length) !== null) continue;
    const message = `there is no function ${name} of ${parameters.length} arguments: nothing passes`;
    warnings.push({ code: "unknown-function", message });
  }
  if (type !== "Boolean") {
    const message = `is ${type === "Integer" ? "an" : "a"} ${type}, not a Boolean: Knative's filter crashes on every event, and nothing passes`;
    warnings.push({ code: "not-boolean", message });
  }
  return warnings;
}

function walk(expression: Expression): readonly Expression[] {
  return [expression, ...childrenOf(expression).flatMap(walk)];
}

/** AND, OR and XOR share one level and lean right: the usual "AND binds tighter" does not hold. */
function mixedLogic(expression: Expression): CesqlWarning | null {
  const operator = logicOf(expression);
  if (operator === null || expression.kind !== "binary") return null;
  const below = logicOf(expression.right);
  if (below === null || below === operator) return null;
  const read = `${print(expression.left)} ${operator} (${print(expression.right)})`;
  return {
    code: "mixed-logic",
    message: `${print(expression)} is read as ${read}: write the parentheses that you mean`,
  };
}

function logicOf(expression: Expression): string | null {
  if (expression.kind !== "binary") return null;
  return /^(AND|OR|XOR)$/.test(expression.operator) ? expression.operator : null;
}

/** NOT binds tightest: it never reaches over the comparison, LIKE or IN that follows its operand. */
function notFirst(expression: Expression): CesqlWarning | null {
  const first = firstOperand(expression);
  if (first?.kind !== "not" || first.form !== "prefix") return null;
  const negated = print(first);
  const rest = print(expression).slice(negated.length);
  return {
    code: "not-first",
    message: `${negated}${rest} is read as (${negated})${rest}: write NOT (${print(first.operand)}${rest}) if that is meant`,
  };
}

/** What stands left of a comparison, of arithmetic, of LIKE or of IN. */
function firstOperand(expression: Expression): Expression | null {
  if (expression.kind === "like" || expression.kind === "in") return expression.operand;
  if (expression.kind !== "binary" || logicOf(expression) !== null) return null;
  return expression.left;
}

/**
 * A missing attribute is an error, and an error is no: where the author waits for a yes from an
 * event without it (`!=`, NOT, left of OR), it does not come.
 */
function unguarded(expression: Expression): CesqlWarning[] {
  const guarded = new Set(
    walk(expression).flatMap((one) => (one.kind === "exists" ? [one.name] : [])),
  );
  const names = new Set(
    atRisk(expression, false).filter((name) => !guarded.has(name) && !isRequired(name)),
  );
  // Of `data` there is another warning.
  names.delete("data");
  return [...names].map((name) => ({
    code: "unguarded",
    message: `an event without ${name} is an error and does not pass, whatever the rest says: write EXISTS ${name} into it`,
  }));
}

function atRisk(expression: Expression, isRisky: boolean): string[] {
  if (expression.kind === "attribute") return isRisky ? [expression.name] : [];
  if (expression.kind === "binary" && /^X?OR$/.test(expression.operator)) {
    const isRightRisky = isRisky || expression.operator === "XOR";
    return [...atRisk(expression.left, true), ...atRisk(expression.right, isRightRisky)];
  }
  const isNegative =
    expression.kind === "not" || (expression.kind === "binary" && expression.operator === "!=");
  return childrenOf(expression).flatMap((child) => atRisk(child, isRisky || isNegative));
}

function dataAttribute(expression: Expression): CesqlWarning | null {
  if (expression.kind !== "attribute" || expression.name !== "data") return null;
  return { code: "data-attribute", message: "data is no attribute: no filter sees it" };
}
