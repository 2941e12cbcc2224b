"use strict";
const functions = require("@google-cloud/functions-framework");
const { getTestServer } = require("@google-cloud/functions-framework/testing");
const { CloudEvent, HTTP } = require("cloudevents");
const { Data, isReplying, toReply } = require("./job.cjs");

if (isReplying) {
  // Its CloudEvent functions cannot reply, so this is its HTTP function and the SDK.
  functions.http("bench", (request, response) => {
    const event = HTTP.toEvent({ headers: request.headers, body: request.rawBody.toString() });
    const reply = toReply({ id: event.id, data: Data.parse(event.data) });
    const message = HTTP.binary(new CloudEvent(reply));
    response.set(message.headers).send(message.body);
  });
} else {
  functions.cloudEvent("bench", (event) => {
    Data.parse(event.data);
  });
}
getTestServer("bench").listen(Number(process.env.PORT), "127.0.0.1");
