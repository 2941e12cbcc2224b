import type { Readable } from "node:stream";

/** A line longer than this is cut: a process that never ends its line must not fill the memory. */
const MAX_LINE_CHARACTERS = 16_384;

/** Calls `onLine` for each line of UTF-8 text, the last one too when its end is missing. */
export function readLines(stream: Readable, onLine: (line: string) => void): void {
  let rest = "";
  let cut = false;
  const end = () => {
    if (rest !== "") onLine(cut ? `${rest}…` : rest);
    rest = "";
    cut = false;
  };
  stream.setEncoding("utf8");
  stream.on("data", (text: string) => {
    const parts = text.split("\n");
    parts.forEach((part, index) => {
      if (index > 0) end();
      const room = MAX_LINE_CHARACTERS - rest.length;
      if (part.length > room) cut = true;
      rest += part.slice(0, room);
    });
  });
  stream.on("end", end);
  // A pipe that breaks ends with its process, which is reported by its exit.
  stream.on("error", end);
}
