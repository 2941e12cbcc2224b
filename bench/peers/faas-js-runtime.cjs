"use strict";
const { CloudEvent } = require("cloudevents");
const { start } = require("faas-js-runtime");
const { Data, isReplying, toReply } = require("./job.cjs");

void start(
  (_context, event) => {
    const data = Data.parse(event.data);
    return isReplying ? new CloudEvent(toReply({ id: event.id, data })) : undefined;
  },
  { port: Number(process.env.PORT), logLevel: "fatal" },
);
