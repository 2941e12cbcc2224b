import { existsSync } from "node:fs";
import { join } from "node:path";
import { standInFor } from "./stand-in.ts";
import { splitWords } from "./words.ts";

/** Names a program to run instead of the image: a JSON array of words, or words. No shell. */
export const LOCAL_COMMAND = "vigie.dev/local-command";

const OUR_IMAGE = /^dev\.local\/vigie\/([a-z0-9][a-z0-9-]*)(?::[\w.-]+)?$/;

/**
 * What to start for an image. Null, with the reason told to `fault`, when nothing can be: there
 * is no container engine here.
 */
export function commandFor(
  image: string,
  localCommand: string | undefined,
  distFolder: string,
  fault: (message: string) => void,
): [string, ...string[]] | null {
  if (localCommand !== undefined) return readCommand(localCommand, fault);
  const standIn = standInFor(image);
  if (standIn !== null) return standIn;
  const step = OUR_IMAGE.exec(image)?.[1];
  if (step === undefined) {
    fault(
      `image ${image}: only dev.local/vigie/<step> runs without containers; ` +
        `give the template the annotation ${LOCAL_COMMAND} with the program to start`,
    );
    return null;
  }
  const bundle = join(distFolder, `${step}.cjs`);
  if (existsSync(bundle)) return [process.execPath, bundle];
  fault(`image ${image}: there is no dist/${step}.cjs; npm run build makes it`);
  return null;
}

function readCommand(text: string, fault: (message: string) => void): [string, ...string[]] | null {
  try {
    const words: unknown = text.trimStart().startsWith("[") ? JSON.parse(text) : splitWords(text);
    if (isWords(words)) {
      const [program, ...args] = words;
      // "node" is the Node this runs on, whatever the PATH holds.
      return [program === "node" ? process.execPath : program, ...args];
    }
    fault(`${LOCAL_COMMAND}: a JSON array of strings or words, the program first`);
  } catch (error) {
    fault(`${LOCAL_COMMAND}: ${(error as Error).message}`);
  }
  return null;
}

function isWords(value: unknown): value is [string, ...string[]] {
  if (!Array.isArray(value) || value.length === 0 || value[0] === "") return false;
  return value.every((word) => typeof word === "string" && !word.includes("\0"));
}
