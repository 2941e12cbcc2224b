import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { readLines } from "./lines.ts";
import { endGroup } from "./process-group.ts";

export type Child = {
  /** Null when the program could not be started; `exited` then says why. */
  pid: number | null;
  /** Resolves to the reason, in words: "exited with 1", "ended by SIGKILL", "cannot be started: …". */
  exited: Promise<string>;
  /** SIGTERM to the process, then SIGKILL to all of its group after `graceMs`. Resolves when gone. */
  stop(graceMs: number): Promise<void>;
};

/**
 * Starts a program in a process group of its own: Ctrl-C in the terminal reaches the runtime alone,
 * which then ends its children in order. On Linux the kernel ends the child when the runtime dies,
 * whatever it dies of (`setpriv --pdeathsig`, util-linux 2.33+, which execs: no process is added);
 * elsewhere, and when it dies in the moment before setpriv has asked for that, the next start does it
 * (run-records.ts).
 */
export function startChild(
  command: readonly [string, ...string[]],
  env: Readonly<Record<string, string>>,
  onLine: (from: "stdout" | "stderr", line: string) => void,
  workingFolder: string | null = null,
): Child {
  const [program, ...args] = withParentDeathSignal(command);
  const child = spawn(program, args, {
    env: { ...env },
    ...(workingFolder === null ? {} : { cwd: workingFolder }),
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  if (child.stdout) readLines(child.stdout, (line) => onLine("stdout", line));
  if (child.stderr) readLines(child.stderr, (line) => onLine("stderr", line));
  const pid = child.pid ?? null;
  const exited = untilExit(child).then((reason) => {
    // What the program has spawned ends with it, as everything in a container does.
    if (pid !== null) endGroup(pid, "SIGKILL");
    return reason;
  });
  return {
    pid,
    exited,
    async stop(graceMs) {
      child.kill("SIGTERM");
      const kill = setTimeout(() => pid !== null && endGroup(pid, "SIGKILL"), graceMs);
      await exited;
      clearTimeout(kill);
    },
  };
}

function untilExit(child: ChildProcess): Promise<string> {
  return new Promise((done) => {
    child.once("error", (error) => {
      if (child.pid === undefined) done(`cannot be started: ${error.message}`);
    });
    child.once("exit", (code, signal) => {
      done(signal === null ? `exited with ${code}` : `ended by ${signal}`);
    });
  });
}

function withParentDeathSignal(command: readonly [string, ...string[]]): [string, ...string[]] {
  return setpriv === null ? [...command] : [setpriv, "--pdeathsig", "KILL", "--", ...command];
}

const setpriv = findSetpriv();

function findSetpriv(): string | null {
  if (process.platform !== "linux") return null;
  const isThere = (path: string) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  };
  return ["/usr/bin/setpriv", "/bin/setpriv"].find(isThere) ?? null;
}
