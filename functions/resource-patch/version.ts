/**
 * Whether a version ("1.34", "v1.34.1-gke.2") is another ("1.33") or later. null when it is unknown
 * or of another shape: what to make of that is for who asks.
 */
export function isAtLeast(version: string | null, wanted: string): boolean | null {
  const [major, minor] = numbersOf(version);
  const [wantedMajor, wantedMinor] = numbersOf(wanted);
  if (major === undefined || minor === undefined) return null;
  if (wantedMajor === undefined || wantedMinor === undefined) return null;
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}

function numbersOf(version: string | null): number[] {
  const match = /^v?(\d{1,4})\.(\d{1,4})/.exec(version ?? "");
  return match === null ? [] : match.slice(1).map(Number);
}
