"use strict";
// The least a server can be: what a cold start is measured against.
const { createServer } = require("node:http");

createServer((request, response) => {
  request.resume();
  request.on("end", () => response.writeHead(204).end());
}).listen(Number(process.env.PORT), "127.0.0.1");
