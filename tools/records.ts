import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { DecisionRecord } from "../shared/events/decided.ts";
import { safeParse } from "../shared/parse.ts";
import { readJsonFrom } from "./read-json.ts";

/** A decision as it was stored, field for field in its order. */
export type Stored = { from: string; record: DecisionRecord };

/**
 * The decision records of a file, of the `.json` and `.ndjson` files of a folder, or of a console's
 * address. A record may stand alone, in a CloudEvent's `data`, in what the console's doors answer,
 * or in lists and lines of these.
 * @throws Error when it cannot be read, or holds no record; a bad record is named with its faults.
 */
export async function readRecords(source: string): Promise<Stored[]> {
  if (/^https?:\/\//.test(source)) {
    const url = new URL("/decisions", source).href;
    return found(recordsIn(await readJsonFrom(url), url), source);
  }
  const isFolder = (await stat(source)).isDirectory();
  const files = isFolder
    ? (await readdir(source))
        .filter((name) => /\.(json|ndjson)$/.test(name))
        .toSorted()
        .map((name) => join(source, name))
    : [source];
  const records: Stored[] = [];
  for (const file of files) records.push(...recordsOfText(await readFile(file, "utf8"), file));
  return found(records, source);
}

function found(records: Stored[], source: string): Stored[] {
  if (records.length === 0) throw new Error(`${source}: holds no decision`);
  return records;
}

/** One JSON value, else one in each line. */
function recordsOfText(text: string, from: string): Stored[] {
  try {
    return recordsIn(JSON.parse(text), from);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return text.split("\n").flatMap((line, index) => {
    if (line.trim() === "") return [];
    const at = `${from}:${index + 1}`;
    try {
      return recordsIn(JSON.parse(line), at);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      throw new Error(`${at}: no JSON: ${error.message}`, { cause: error });
    }
  });
}

function recordsIn(value: unknown, from: string): Stored[] {
  if (Array.isArray(value)) return value.flatMap((each) => recordsIn(each, from));
  if (typeof value !== "object" || value === null) return [];
  const fields = value as Readonly<Record<string, unknown>>;
  if ("inputs" in fields && "alternatives" in fields) return [toStored(value, from)];
  const { decision, decisions, entries, data, kind } = fields;
  if (decision !== undefined) return recordsIn(decision, from);
  if (decisions !== undefined) return recordsIn(decisions, from);
  if (entries !== undefined) return recordsIn(entries, from);
  // An entry of the journal has its data as text, and may have it cut.
  if (typeof data === "string" && kind === "decision") {
    return fields["cutBytes"] === 0 ? recordsIn(JSON.parse(data), from) : [];
  }
  return recordsIn(data, from);
}

function toStored(value: object, from: string): Stored {
  const parsed = safeParse(DecisionRecord, value);
  if (parsed.success) return { from, record: value as DecisionRecord };
  const faults = parsed.error.issues.map(
    ({ path, message }) => `  ${path.map(String).join(".") || "."}: ${message}`,
  );
  throw new Error([`${from}: no decision of this version`, ...faults].join("\n"));
}
