/** Why the runtime cannot start: one line for each fault, for the user. */
export class StartError extends Error {
  readonly lines: readonly string[];

  constructor(lines: readonly string[], options?: ErrorOptions) {
    super(lines.join("\n"), options);
    this.name = "StartError";
    this.lines = lines;
  }
}
