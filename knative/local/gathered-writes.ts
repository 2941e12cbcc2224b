/**
 * Texts of one turn of the event loop, written in one go: in a storm there are thousands of lines a
 * second, and a system call for each costs more than making them. `flush` writes what is left.
 */
export function gatherWrites(write: (text: string) => void): {
  write: (text: string) => void;
  flush: () => void;
} {
  let pending = "";
  const flush = (): void => {
    const text = pending;
    pending = "";
    if (text !== "") write(text);
  };
  return {
    write(text) {
      if (pending === "") setImmediate(flush);
      pending += text;
    },
    flush,
  };
}
