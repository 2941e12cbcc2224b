"use strict";
// node:http, JSON.parse and zod, written for this one job: what cannot be undercut by much.
const { createServer } = require("node:http");
const { Data, isReplying, toReply } = require("./job.cjs");

const server = createServer((request, response) => {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    const body = JSON.parse(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks));
    const isStructured = request.headers["content-type"] === "application/cloudevents+json";
    const id = isStructured ? body.id : request.headers["ce-id"];
    const result = Data.safeParse(isStructured ? body.data : body);
    if (!result.success) {
      response.writeHead(422).end();
      return;
    }
    if (!isReplying) {
      response.writeHead(204).end();
      return;
    }
    const reply = toReply({ id, data: result.data });
    const text = JSON.stringify(reply.data);
    response.writeHead(200, {
      "content-type": reply.datacontenttype,
      "content-length": Buffer.byteLength(text),
      "ce-specversion": reply.specversion,
      "ce-id": reply.id,
      "ce-source": reply.source,
      "ce-type": reply.type,
      "ce-time": reply.time,
      "ce-machine": reply.machine,
    });
    response.end(text);
  });
});
server.listen(Number(process.env.PORT), "127.0.0.1");
