/** A value from an event, for people: as JSON, cut, because an event may say anything. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text);
}
