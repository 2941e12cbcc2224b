"use strict";
// express and the CloudEvents SDK, as the SDK's own README has it.
const { CloudEvent, HTTP } = require("cloudevents");
const express = require("express");
const { Data, isReplying, toReply } = require("./job.cjs");

const app = express();
app.post("/", express.text({ type: "*/*" }), (request, response) => {
  const event = HTTP.toEvent({ headers: request.headers, body: request.body });
  const result = Data.safeParse(event.data);
  if (!result.success) {
    response.sendStatus(422);
  } else if (isReplying) {
    const message = HTTP.binary(new CloudEvent(toReply({ id: event.id, data: result.data })));
    response.set(message.headers).send(message.body);
  } else {
    response.status(204).end();
  }
});
app.listen(Number(process.env.PORT), "127.0.0.1");
