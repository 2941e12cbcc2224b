import * as z from "zod/mini";

const time = z.string().check(z.regex(/^([01]\d|2[0-3]):[0-5]\d$/, "is no time such as 22:30"));

/** The days as they follow, for Sunday's night ends on Monday. */
const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

/**
 * When what is not urgent may be done. A window whose `to` is not after its `from` ends on the next
 * day; its days are those on which it begins.
 */
export const MaintenanceWindow = z.lazy(() =>
  z.strictObject({
    days: z.array(z.enum(DAYS)).check(z.minLength(1), z.maxLength(7)),
    from: time,
    to: time,
    /** Of the IANA database, such as Europe/Paris, or UTC. */
    zone: z.string().check(z.maxLength(64), z.refine(isZone, "is no time zone")),
  }),
);
export type MaintenanceWindow = z.infer<typeof MaintenanceWindow>;

/** Whether an instant is within any of the windows; without windows every instant is. */
export function isWithin(windows: readonly MaintenanceWindow[], instant: string): boolean {
  return windows.length === 0 || windows.some((window) => covers(window, instant));
}

function covers({ days, from, to, zone }: MaintenanceWindow, instant: string): boolean {
  const { day, time: now } = localTime(instant, zone);
  const isOn = (index: number) => days.some((each) => each === DAYS[(index + 7) % 7]);
  if (from < to) return isOn(day) && from <= now && now < to;
  return (isOn(day) && now >= from) || (isOn(day - 1) && now < to);
}

/** Monday is 0. */
function localTime(instant: string, zone: string): { day: number; time: string } {
  const date = new Date(instant);
  if (zone === "UTC") {
    return { day: (date.getUTCDay() + 6) % 7, time: date.toISOString().slice(11, 16) };
  }
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).formatToParts(date);
  const part = (wanted: string) => parts.find(({ type }) => type === wanted)?.value ?? "";
  const weekday = part("weekday").toLowerCase();
  return {
    day: DAYS.findIndex((each) => each === weekday),
    time: `${part("hour")}:${part("minute")}`,
  };
}

function isZone(zone: string): boolean {
  if (zone === "UTC") return true;
  try {
    return new Intl.DateTimeFormat("en", { timeZone: zone }).format(0) !== "";
  } catch {
    return false;
  }
}
