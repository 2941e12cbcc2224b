// Writes down what it is sent, with its own name and settings. A path of /slow takes its time.
const { appendFileSync, readFileSync } = require("node:fs");
const { createServer } = require("node:http");

const { PORT, K_REVISION, WORD, SETTINGS_FILE } = process.env;
const settings = SETTINGS_FILE === undefined ? null : readFileSync(SETTINGS_FILE, "utf8");

const server = createServer((request, response) => {
  request.resume().on("end", () => {
    const seen = {
      pid: process.pid,
      path: request.url,
      id: request.headers["ce-id"] ?? null,
      revision: K_REVISION,
      word: WORD,
      settings,
    };
    appendFileSync("seen.jsonl", `${JSON.stringify(seen)}\n`);
    const answer = () =>
      response.writeHead(request.method === "GET" ? 200 : 204).end(`${K_REVISION}`);
    if (request.url === "/slow") setTimeout(answer, 1_500);
    else answer();
  });
});
server.listen(Number(PORT));
process.once("SIGTERM", () => server.close(() => process.exit(0)));
