/**
 * Signals a process that leads a group, and all of its group. Answers false when none is left.
 * A group outlives its leader while a member lives, so nothing that a server spawned stays.
 */
export function endGroup(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(-pid, signal);
    return true;
  } catch {
    return false;
  }
}
