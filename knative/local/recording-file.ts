import { closeSync, openSync } from "node:fs";
import { StartError } from "./start-error.ts";

/** @throws StartError when nothing can be appended to the file of `--record`. */
export function openRecording(file: string): void {
  try {
    closeSync(openSync(file, "a"));
  } catch (error) {
    throw new StartError([`--record ${file}: ${(error as Error).message}`], { cause: error });
  }
}
