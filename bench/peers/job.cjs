"use strict";
// The job that everybody does: data is a number of a machine; with REPLY=1 an event goes back.
const { z } = require("zod");

const Data = z.object({ value: z.int().min(0).max(999), machine: z.string() });

exports.Data = Data;
exports.isReplying = process.env.REPLY === "1";
exports.toReply = ({ id, data }) => ({
  specversion: "1.0",
  id: `reply-${id}`,
  source: "/bench",
  type: "dev.vigie.bench.answered.v1",
  time: "2026-11-21T00:00:00.000Z",
  datacontenttype: "application/json",
  machine: data.machine,
  data: { value: data.value, machine: data.machine },
});
