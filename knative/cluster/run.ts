import { spawnSync } from "node:child_process";

/**
 * Says what is run, then runs it, without a shell. `input` is the standard input, and is not said:
 * a Secret goes this way, because anyone on the machine can read a command line.
 * @throws Error when the program is missing or fails.
 */
export function run(program: string, args: readonly string[], input?: string): void {
  process.stdout.write(`  ${program} ${args.join(" ")}\n`);
  const { status, error } = spawnSync(program, args, {
    ...(input === undefined ? {} : { input }),
    stdio: [input === undefined ? "ignore" : "pipe", "inherit", "inherit"],
  });
  if (error !== undefined) throw new Error(`${program} cannot be started`, { cause: error });
  if (status !== 0) throw new Error(`${program} ended with ${status}`);
}
