import { labelKeyFault, labelValueFault } from "./metadata.ts";
import { badRequest } from "./status-error.ts";

export type LabelRequirement = {
  key: string;
  operator: "In" | "NotIn" | "Exists" | "DoesNotExist" | "Gt" | "Lt";
  values: readonly string[];
};

const symbols: ReadonlySet<string> = new Set([")", ",", "(", "=", "==", "!=", ">", "<", "!"]);
const longest = 65_536;
const end = "";

/** The symbols and words of a selector; "" is the end of it. */
function wordsOf(text: string): string[] {
  const words = text.match(/==|!=|[=!(),<>]|[^=!(),<>\s]+/g) ?? [];
  return [...words, end];
}

const isWord = (token: string): boolean => token !== end && !symbols.has(token);

/** The parser of `k8s.io/apimachinery/pkg/labels`, with its words for every fault. */
class Parser {
  readonly #words: readonly string[];
  #at = 0;

  constructor(text: string) {
    this.#words = wordsOf(text);
  }

  parse(): LabelRequirement[] {
    const requirements: LabelRequirement[] = [];
    for (;;) {
      const first = this.#ahead;
      if (first === end) return requirements;
      if (!isWord(first) && first !== "!") {
        throw badRequest(`found '${first}', expected: !, identifier, or 'end of string'`);
      }
      requirements.push(this.#requirement());
      const next = this.#take();
      if (next === end) return requirements;
      if (next !== ",") {
        throw badRequest(`found '${next}', expected: ',' or 'end of string'`);
      }
      if (!isWord(this.#ahead) && this.#ahead !== "!") {
        throw badRequest(`found '${this.#ahead}', expected: identifier after ','`);
      }
    }
  }

  get #ahead(): string {
    return this.#words[this.#at] ?? end;
  }

  #take(): string {
    const token = this.#ahead;
    this.#at += 1;
    return token;
  }

  #requirement(): LabelRequirement {
    const isAbsence = this.#ahead === "!";
    if (isAbsence) this.#take();
    const key = this.#take();
    if (!isWord(key)) throw unparsable(`found '${key}', expected: identifier`);
    const fault = labelKeyFault(key);
    if (fault !== null) throw unparsable(`<nil>: Invalid value: ${JSON.stringify(key)}: ${fault}`);
    if (isAbsence) return { key, operator: "DoesNotExist", values: [] };
    if (this.#ahead === end || this.#ahead === ",") return { key, operator: "Exists", values: [] };
    const found = this.#take();
    switch (found) {
      case "in":
      case "notin":
        return checked(key, found === "in" ? "In" : "NotIn", this.#values());
      case "=":
      case "==":
      case "!=":
        return checked(key, found === "!=" ? "NotIn" : "In", [this.#value()]);
      case ">":
      case "<":
        return ordered(key, found === ">" ? "Gt" : "Lt", this.#value());
      default:
        throw unparsable(`found '${found}', expected: in, notin, =, ==, !=, gt, lt`);
    }
  }

  #value(): string {
    if (this.#ahead === end || this.#ahead === ",") return "";
    const value = this.#take();
    if (!isWord(value)) throw unparsable(`found '${value}', expected: identifier`);
    return value;
  }

  #values(): string[] {
    const opening = this.#take();
    if (opening !== "(") throw unparsable(`found '${opening}' expected: '('`);
    if (this.#ahead === end || (!isWord(this.#ahead) && !",)".includes(this.#ahead))) {
      throw unparsable(`found '${this.#ahead}', expected: ',', ')' or identifier`);
    }
    const values: string[] = [];
    for (;;) {
      values.push(isWord(this.#ahead) ? this.#take() : "");
      const next = this.#take();
      if (next === ")") return values;
      if (next !== ",") throw unparsable(`found '${next}', expected: ',' or ')'`);
    }
  }
}

const unparsable = (why: string) => badRequest(`unable to parse requirement: ${why}`);

function checked(key: string, operator: "In" | "NotIn" | "Gt" | "Lt", values: string[]) {
  for (const [index, value] of values.entries()) {
    const fault = labelValueFault(value);
    if (fault !== null) {
      throw unparsable(
        `values[${index}][${key}]: Invalid value: ${JSON.stringify(value)}: ${fault}`,
      );
    }
  }
  return { key, operator, values };
}

function ordered(key: string, operator: "Gt" | "Lt", value: string): LabelRequirement {
  if (!/^[+-]?\d{1,19}$/.test(value)) {
    throw unparsable(
      `values[0]: Invalid value: ${JSON.stringify(value)}: for 'Gt', 'Lt' operators, the value must be an integer`,
    );
  }
  return checked(key, operator, [value]);
}

/**
 * Reads `a=b,c!=d,e in (f,g),h notin (i),j,!k,l>1,m<9`; "" selects everything.
 * @throws StatusError 400 for anything else.
 */
export function parseLabelSelector(text: string): LabelRequirement[] {
  if (text.length > longest) throw badRequest("the label selector is too long");
  return new Parser(text).parse();
}
