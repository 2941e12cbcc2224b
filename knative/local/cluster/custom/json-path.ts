import { isRecord } from "../kube-object.ts";

type Step =
  | { kind: "field"; name: string }
  | { kind: "index"; index: number }
  | { kind: "all" }
  | { kind: "where"; path: readonly string[]; value: string };

const tokens =
  /\.([\w/\0-]+)|\['([^']*)'\]|\["([^"]*)"\]|\[(-?\d+)\]|(\[\*\]|\.\*)|\[\?\(\s*@\.([\w.-]+)\s*==\s*["']([^"']*)["']\s*\)\]/gy;

/** The steps of a column's path; null for one of another form than those of a printer column. */
function parse(path: string): Step[] | null {
  const text = path.replace(/^\{(.*)\}$/, "$1").replaceAll("\\.", "\0");
  const steps: Step[] = [];
  let end = 0;
  for (const match of text.matchAll(tokens)) {
    const [all, name, single, double, index, star, where, value] = match;
    end = match.index + all.length;
    const field = name ?? single ?? double;
    if (field !== undefined) steps.push({ kind: "field", name: field.replaceAll("\0", ".") });
    else if (index !== undefined) steps.push({ kind: "index", index: Number(index) });
    else if (star !== undefined) steps.push({ kind: "all" });
    else steps.push({ kind: "where", path: (where ?? "").split("."), value: value ?? "" });
  }
  return end === text.length ? steps : null;
}

function take(values: readonly unknown[], step: Step): unknown[] {
  return values.flatMap((value) => {
    switch (step.kind) {
      case "field":
        return isRecord(value) && Object.hasOwn(value, step.name) ? [value[step.name]] : [];
      case "index":
        return Array.isArray(value) ? value.slice(step.index).slice(0, 1) : [];
      case "all":
        return Array.isArray(value) ? value : Object.values(isRecord(value) ? value : {});
      case "where":
        return (Array.isArray(value) ? value : []).filter((item: unknown) => {
          const found = step.path.reduce<unknown>(
            (current, name) => (isRecord(current) ? current[name] : undefined),
            item,
          );
          return found === step.value;
        });
    }
  });
}

/** What the path of a printer column finds in an object, in order; nothing for a path that is none. */
export function jsonPath(path: string): (object: unknown) => unknown[] {
  const steps = parse(path);
  if (steps === null) return () => [];
  return (object) => steps.reduce<unknown[]>(take, [object]);
}
