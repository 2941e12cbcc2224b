/** Base of every error this project throws on purpose. */
export class AppError extends Error {
  /** Stable, greppable, UPPER_SNAKE: logged, returned in the body, used as a metric label. */
  readonly code: string;
  /** HTTP status the broker sees. */
  readonly status: number;

  constructor(code: string, status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
    this.status = status;
  }
}

/** This event can never succeed. 422: Knative does not retry, the dead-letter sink gets it. */
export class PermanentError extends AppError {
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(code, 422, message, options);
  }
}

/** This event may succeed later. 503: Knative retries with the trigger's back-off. */
export class TransientError extends AppError {
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(code, 503, message, options);
  }
}
