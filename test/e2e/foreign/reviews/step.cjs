// Answers each event with one of the type it is told, and adds that to the words of its data.
const { createServer } = require("node:http");

const type = process.argv[2];
createServer((request, response) => {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    const { words } = JSON.parse(Buffer.concat(chunks).toString());
    response.writeHead(200, {
      "content-type": "application/json",
      "ce-specversion": "1.0",
      "ce-id": `${String(request.headers["ce-id"])}-${type}`,
      "ce-source": "/lab/step",
      "ce-type": type,
    });
    response.end(JSON.stringify({ words: [...words, type] }));
  });
}).listen(process.env.PORT);
