// JavaScript, for the Node that is too old to run anything else here: without this it ends in
// ERR_UNKNOWN_FILE_EXTENSION, which says nothing to who has only told npm to run no scripts.
const NEEDED = 24;

if (Number.parseInt(process.versions.node, 10) < NEEDED) {
  process.stderr.write(
    [
      `This is Node ${process.versions.node}; ${NEEDED} is needed, and npm ci brings it by itself, unless`,
      "- npm runs no install scripts (ignore-scripts): npm rebuild node --ignore-scripts=false",
      "- npm leaves out what is for development: npm ci --include=dev",
      "- it was not run yet: npm ci",
      "",
    ].join("\n"),
  );
  process.exitCode = 1;
}
