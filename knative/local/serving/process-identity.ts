import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";

/**
 * When the process started, in whatever unit the system counts, or null when there is none such.
 * Pid and start time together name one process: a pid alone comes back for another one.
 */
export async function startTimeOf(pid: number): Promise<string | null> {
  if (process.platform === "linux") {
    const stat = readStat(pid);
    if (stat === null) return null;
    // The program's name stands in parentheses and may hold anything: fields count from the last one.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    // A zombie has ended already. Field 22 of proc(5), starttime, is the 20th from the state on.
    return fields[0] === "Z" ? null : (fields[19] ?? null);
  }
  return new Promise((done) => {
    execFile("ps", ["-o", "lstart=", "-p", String(pid)], (error, stdout) => {
      done(error === null && stdout.trim() !== "" ? stdout.trim() : null);
    });
  });
}

/** At once: no disk is asked, and handing it to another thread takes a hundred times as long. */
function readStat(pid: number): string | null {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return null;
  }
}
