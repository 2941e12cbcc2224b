/** Ends a command that cannot go on: one clear line on stderr, exit 1. */
export function fail(command: string, error: unknown): never {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${command}: ${message}\n`);
  process.exit(1);
}

/** Writes lines to stdout. */
export function print(...lines: readonly string[]): void {
  process.stdout.write(`${lines.join("\n")}\n`);
}
