type Field = { name: string; min: number; max: number; names?: readonly string[] };

const FIELDS: readonly Field[] = [
  { name: "second", min: 0, max: 59 },
  { name: "minute", min: 0, max: 59 },
  { name: "hour", min: 0, max: 23 },
  { name: "day of month", min: 1, max: 31 },
  {
    name: "month",
    min: 1,
    max: 12,
    names: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
  },
  {
    name: "day of week",
    min: 0,
    max: 6,
    names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
  },
];

const MACROS: Readonly<Record<string, string>> = {
  "@yearly": "0 0 0 1 1 *",
  "@annually": "0 0 0 1 1 *",
  "@monthly": "0 0 0 1 * *",
  "@weekly": "0 0 0 * * 0",
  "@daily": "0 0 0 * * *",
  "@midnight": "0 0 0 * * *",
  "@hourly": "0 0 * * * *",
};

/** What keeps a schedule from being run, or null. The rules of robfig/cron v3 as PingSource uses it. */
export function scheduleFault(schedule: string): string | null {
  try {
    normalSchedule(schedule);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

/**
 * Six fields of numbers, `*`, ranges and steps: what any cron library reads alike. 5 fields run at
 * second 0. Throws an Error that says what is wrong.
 */
export function normalSchedule(schedule: string): string {
  const text = schedule.trim();
  if (text.startsWith("@every")) throw new Error("@every is not taken by PingSource");
  if (/^(CRON_)?TZ=/.test(text)) throw new Error("the time zone belongs into timezone");
  if (text.startsWith("@")) {
    const macro = Object.hasOwn(MACROS, text) ? MACROS[text] : undefined;
    if (macro === undefined) throw new Error(`${JSON.stringify(text)} is not a schedule`);
    return macro;
  }
  const parts = text.split(/\s+/);
  if (parts.length !== 5 && parts.length !== 6) {
    throw new Error(`has ${parts.length} fields instead of 5, or 6 with seconds first`);
  }
  const fields = parts.length === 5 ? ["0", ...parts] : parts;
  return fields.map((part, index) => normalField(part, FIELDS[index] as Field)).join(" ");
}

function normalField(part: string, field: Field): string {
  return part
    .split(",")
    .map((range) => normalRange(range, field))
    .join(",");
}

function normalRange(range: string, field: Field): string {
  const match = /^(?:([*?])|([0-9A-Za-z]+)(?:-([0-9A-Za-z]+))?)(?:\/(\d+))?$/.exec(range);
  if (match === null) throw new Error(`${field.name}: ${JSON.stringify(range)} is not a range`);
  const [, star, from, to, step] = match;
  if (step !== undefined && Number(step) === 0) throw new Error(`${field.name}: a step of 0`);
  const suffix = step === undefined || step === "1" ? "" : `/${step}`;
  if (star !== undefined) {
    // A step beyond the field leaves its first value, which croner would refuse.
    if (suffix !== "" && Number(step) > field.max - field.min) return String(field.min);
    return `*${suffix}`;
  }
  const low = valueOf(from as string, field);
  const high = to === undefined ? (suffix === "" ? low : field.max) : valueOf(to, field);
  if (low > high) throw new Error(`${field.name}: ${JSON.stringify(range)} ends before it begins`);
  if (low === high || (suffix !== "" && Number(step) > high - low)) return String(low);
  return `${low}-${high}${suffix}`;
}

function valueOf(text: string, field: Field): number {
  const named = field.names?.indexOf(text.toLowerCase()) ?? -1;
  const value = named >= 0 ? named + field.min : /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(value) || value < field.min || value > field.max) {
    throw new Error(
      `${field.name}: ${JSON.stringify(text)} is not within ${field.min}-${field.max}`,
    );
  }
  return value;
}
