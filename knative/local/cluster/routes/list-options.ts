import {
  badRequest,
  forbiddenField,
  invalidOptions,
  tooLargeVersion,
  unexplained,
  unsupportedValue,
} from "../status-error.ts";
import type { Cause, StatusError } from "../status-error.ts";

/** As the API server reads a boolean of a query: everything but `false` and `0` is true. */
export const flag = (value: string | null): boolean =>
  value !== null && value.toLowerCase() !== "false" && value !== "0";

const field = "resourceVersionMatch";
const needsNotOlderThan = "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan";
const noContinue = "resourceVersionMatch is forbidden when continue is provided";

function listCauses(query: URLSearchParams, match: string): Cause[] {
  const version = query.get("resourceVersion") ?? "";
  const causes: Cause[] = [];
  if (match !== "") {
    if (version === "") {
      const why = "resourceVersionMatch is forbidden unless resourceVersion is provided";
      causes.push(forbiddenField(field, why));
    }
    if ((query.get("continue") ?? "") !== "") causes.push(forbiddenField(field, noContinue));
    if (match !== "Exact" && match !== "NotOlderThan") {
      causes.push(unsupportedValue(field, match, ["Exact", "NotOlderThan", ""]));
    }
    if (match === "Exact" && version === "0") {
      const why = 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"';
      causes.push(forbiddenField(field, why));
    }
  }
  if (query.has("sendInitialEvents")) {
    causes.push(forbiddenField("sendInitialEvents", "sendInitialEvents is forbidden for list"));
  }
  return causes;
}

function watchCauses(query: URLSearchParams, match: string): Cause[] {
  const causes: Cause[] = [];
  const asksForInitial = query.has("sendInitialEvents");
  if (asksForInitial && match !== "NotOlderThan") {
    causes.push(forbiddenField(field, needsNotOlderThan));
  }
  if (match === "") return causes;
  if (!asksForInitial) {
    const why = "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided";
    causes.push(forbiddenField(field, why));
  }
  if (match !== "NotOlderThan") causes.push(unsupportedValue(field, match, ["NotOlderThan"]));
  if ((query.get("continue") ?? "") !== "") causes.push(forbiddenField(field, noContinue));
  return causes;
}

/**
 * What may not be asked for together in a list or a watch
 * (`pkg/apis/meta/internalversion/validation`).
 * @throws StatusError 422.
 */
export function assertListOptions(query: URLSearchParams): void {
  const match = query.get(field) ?? "";
  const causes = flag(query.get("watch")) ? watchCauses(query, match) : listCauses(query, match);
  if (causes.length > 0) throw invalidOptions("ListOptions", causes);
}

/** A whole number of a query; null when it is absent. @throws StatusError 400. */
export function whole(query: URLSearchParams, name: string): number | null {
  const text = query.get(name);
  if (text === null || text === "") return null;
  if (!/^[+-]?\d{1,9}$/.test(text)) {
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  }
  return Number(text);
}

/**
 * The version that a list is to be at least as new as.
 * @throws StatusError 400 when it is none, 504 when this server is not there yet.
 */
export const assertReached = (query: URLSearchParams, current: number): void =>
  assertKnown(query, current, (why) => badRequest(`invalid resource version: ${why}`));

/** That the version from which a watch goes on is one; it may be still to come. @throws StatusError 500. */
export const assertWatchedVersion = (query: URLSearchParams): void =>
  assertKnown(query, Number.POSITIVE_INFINITY, unexplained);

/** The same of one object. @throws StatusError 500 or 504. */
export const assertVersion = (query: URLSearchParams, current: number): void =>
  assertKnown(query, current, unexplained);

function assertKnown(
  query: URLSearchParams,
  current: number,
  refused: (why: string) => StatusError,
): void {
  const text = query.get("resourceVersion") ?? "";
  if (text === "") return;
  if (!/^\d{1,15}$/.test(text)) {
    const quoted = JSON.stringify(text);
    throw refused(
      `resourceVersion: Invalid value: ${quoted}: strconv.ParseUint: parsing ${quoted}: invalid syntax`,
    );
  }
  if (Number(text) > current) throw tooLargeVersion(text, current);
}
