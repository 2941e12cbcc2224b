import { AppError, PermanentError } from "./errors.ts";

/** For whatever does not say that it is a CloudEvent 1.0. */
export function foreignVersion(specversion: unknown, isEvent: boolean): PermanentError {
  if (!isEvent || specversion === undefined) {
    return new PermanentError(
      "NOT_A_CLOUDEVENT",
      "not a CloudEvent: neither ce-specversion 1.0 among the headers nor application/cloudevents+json",
    );
  }
  const version = typeof specversion === "string" ? clip(specversion) : typeof specversion;
  return new PermanentError("UNSUPPORTED_SPECVERSION", `specversion ${version}: this takes 1.0`);
}

/** It says that it is a CloudEvent, and is not a valid one. */
export function invalid(message: string): PermanentError {
  return new PermanentError("INVALID_EVENT", message);
}

/** 415: another form of the same event would be taken. */
export function unsupported(message: string): AppError {
  return new AppError("UNSUPPORTED_MEDIA_TYPE", 415, message);
}

/** Enough of a stranger's text to recognize it by. */
export function clip(text: string): string {
  return text.length > 64 ? `${text.slice(0, 64)}…` : text;
}
