/** Why a request got no process. The messages of 503 and 504 are those of Knative's activator. */
export class ActivationError extends Error {
  readonly status: 503 | 504;
  /** Stable, UPPER_SNAKE. */
  readonly code: string;

  constructor(status: 503 | 504, code: string, message: string) {
    super(message);
    this.name = "ActivationError";
    this.status = status;
    this.code = code;
  }
}

export const queueFull = () => new ActivationError(503, "QUEUE_FULL", "pending request queue full");
export const requestTimeout = () =>
  new ActivationError(504, "REQUEST_TIMEOUT", "activator request timeout");
export const shuttingDown = () =>
  new ActivationError(503, "SHUTTING_DOWN", "the local runtime is stopping");
export const startFailed = (service: string, reason: string) =>
  new ActivationError(503, "START_FAILED", `${service} did not get ready: ${reason}`);
