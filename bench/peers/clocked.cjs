"use strict";
// A subscriber that does nothing but note how long ago an event was sent. GET tells it and forgets.
const { createServer } = require("node:http");

let ages = [];

createServer((request, response) => {
  if (request.method === "GET") {
    const sorted = Float64Array.from(ages).sort();
    const at = (share) => sorted[Math.floor(share * (sorted.length - 1))] ?? null;
    ages = [];
    const facts = { count: sorted.length, p50Ms: at(0.5), p99Ms: at(0.99) };
    response.end(JSON.stringify(facts));
    return;
  }
  ages.push(performance.timeOrigin + performance.now() - Number(request.headers["ce-senttime"]));
  request.resume();
  request.on("end", () => response.writeHead(204).end());
}).listen(Number(process.env.PORT), "127.0.0.1");
