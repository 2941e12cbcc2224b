import { AppError } from "../errors.ts";

/** What is known of a request to the Kubernetes API that did not succeed. */
export type KubeFailure = {
  /** Of the answer; 0 when there was none. */
  httpStatus: number;
  /** `reason` of the Status object ("NotFound", "Conflict"), else a code of the network. */
  reason: string;
  message: string;
  /** From the header Retry-After; null when absent. */
  retryAfterSeconds?: number | null;
};

/**
 * The Kubernetes API said no, or nothing. Callers look at `httpStatus`; an error that nobody
 * handles tells the broker 503 where another try may help (no answer, 401 with a token about to be
 * renewed, 408, 409, 429, 5xx) and 422 where it cannot (403, 404, 422 and the like).
 */
export class KubeError extends AppError {
  readonly httpStatus: number;
  readonly reason: string;
  readonly retryAfterSeconds: number | null;

  constructor(failure: KubeFailure, options?: ErrorOptions) {
    const { httpStatus, reason, message, retryAfterSeconds = null } = failure;
    const isTransient = httpStatus < 400 || httpStatus >= 500 || TRANSIENT.has(httpStatus);
    super(codeOf(httpStatus), isTransient ? 503 : 422, message, options);
    this.httpStatus = httpStatus;
    this.reason = reason;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

const TRANSIENT: ReadonlySet<number> = new Set([401, 408, 409, 425, 429]);

const CODES: ReadonlyMap<number, string> = new Map([
  [0, "KUBE_UNREACHABLE"],
  [401, "KUBE_UNAUTHORIZED"],
  [403, "KUBE_FORBIDDEN"],
  [404, "KUBE_NOT_FOUND"],
  [409, "KUBE_CONFLICT"],
  [410, "KUBE_EXPIRED"],
  [422, "KUBE_INVALID"],
  [429, "KUBE_BUSY"],
]);

function codeOf(httpStatus: number): string {
  const known = CODES.get(httpStatus);
  if (known !== undefined) return known;
  return httpStatus >= 500 ? "KUBE_UNAVAILABLE" : "KUBE_REFUSED";
}
