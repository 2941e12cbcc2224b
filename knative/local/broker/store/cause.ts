import type { KnativeError } from "../knative-error.ts";

/** A KnativeError as it is kept, with the dead letter it belongs to. */
export type Cause = {
  deadLetterId: number;
  error: {
    destination: string;
    code: number;
    body: string;
    extensions: Record<string, string>;
    headers?: [string, string][];
  } | null;
};

/** To keep beside an event that waits for the dead-letter sink. */
export function toCause(error: KnativeError | null, deadLetterId: number): Cause {
  if (error === null) return { deadLetterId, error: null };
  const { destination, code, extensions, headers } = error;
  const body = error.body.toString("base64");
  const more = headers === undefined ? {} : { headers };
  return {
    deadLetterId,
    error: { destination, code, body, extensions: { ...extensions }, ...more },
  };
}

export function toError({ error }: Cause): KnativeError | null {
  return error === null ? null : { ...error, body: Buffer.from(error.body, "base64") };
}

/** Of an item as it is stored; null when it has not failed for good. */
export function readCause({ error }: { error: string | null }): Cause | null {
  return error === null ? null : (JSON.parse(error) as Cause);
}
