"use strict";
// A reverse proxy with nothing in it: the least that taking an event in and passing it on can cost.
const { Agent, createServer, request } = require("node:http");

const agent = new Agent({ keepAlive: true });
const target = new URL(process.env.TARGET);

createServer((incoming, outgoing) => {
  const { method, headers } = incoming;
  const passed = request(
    { host: target.hostname, port: target.port, path: target.pathname, method, headers, agent },
    (answer) => {
      outgoing.writeHead(answer.statusCode, answer.headers);
      answer.pipe(outgoing);
    },
  );
  passed.once("error", () => outgoing.destroy());
  incoming.pipe(passed);
}).listen(Number(process.env.PORT), "127.0.0.1");
