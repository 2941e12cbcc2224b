import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { startTimeOf } from "./serving/process-identity.ts";
import { StartError } from "./start-error.ts";

const Owner = z.object({ pid: z.number().int().min(2), startTime: z.string() });

/**
 * Makes this process the only runtime of the folder: two would deliver each event of the one
 * store twice. Answers what gives the folder back. @throws StartError when another one lives.
 */
export async function lockFolder(folder: string): Promise<() => void> {
  const file = join(folder, "runtime.json");
  const owner = readOwner(file);
  if (owner !== null && owner.pid !== process.pid) {
    if ((await startTimeOf(owner.pid)) === owner.startTime) {
      throw new StartError([
        `another vigie (process ${owner.pid}) runs in this folder; end it, or start in another folder`,
      ]);
    }
  }
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const self = { pid: process.pid, startTime: await startTimeOf(process.pid) };
  writeFileSync(file, JSON.stringify(self), { mode: 0o600 });
  return () => rmSync(file, { force: true });
}

function readOwner(file: string): z.infer<typeof Owner> | null {
  try {
    return Owner.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    return null;
  }
}
