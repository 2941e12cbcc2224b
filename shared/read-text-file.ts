import { readFile } from "node:fs";

/**
 * A whole file as UTF-8. By a callback: `node:fs/promises` takes 1 to 2 ms to load, for readline
 * and more comes with it.
 * @throws Error of node:fs, such as ENOENT.
 */
export function readTextFile(file: string): Promise<string> {
  return new Promise((resolve, reject) => {
    readFile(file, "utf8", (error, text) => {
      if (error === null) resolve(text);
      else reject(error);
    });
  });
}
