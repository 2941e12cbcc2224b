// Writes down what it is sent, one JSON object per line.
const { appendFileSync } = require("node:fs");
const { createServer } = require("node:http");

const port = Number(process.argv[process.argv.indexOf("--port") + 1]);
const server = createServer((request, response) => {
  let body = "";
  request.setEncoding("utf8").on("data", (text) => (body += text));
  request.on("end", () => {
    const attributes = {};
    for (const [name, value] of Object.entries(request.headers)) {
      if (name.startsWith("ce-")) attributes[name.slice(3)] = value;
    }
    const seen = {
      pid: process.pid,
      path: request.url,
      attributes,
      data: JSON.parse(body || "null"),
    };
    appendFileSync("ledger.jsonl", `${JSON.stringify(seen)}\n`);
    response.statusCode = 204;
    response.end();
  });
});
server.listen(port);
process.once("SIGTERM", () => server.close(() => process.exit(0)));
