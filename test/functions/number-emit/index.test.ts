import assert from "node:assert/strict";
import { type RunningFunction, runFunction } from "../run-function.ts";

describe("number-emit", function () {
  // Real processes, on a machine that may be busy.
  this.timeout(20_000);

  let emit: RunningFunction;
  before(async () => {
    emit = await runFunction("number-emit");
  });
  after(() => emit.stop());

  const ping = { type: "dev.knative.sources.ping", id: "a", time: "2026-11-21T10:00:00.123Z" };

  it("answers a ping with a number, the same one each time", async () => {
    const answers = await Promise.all([emit.post(ping), emit.post(ping)]);
    const bodies = await Promise.all(answers.map((answer) => answer.json()));
    assert.equal(answers[0]?.status, 200);
    assert.equal(answers[0].headers.get("ce-type"), "dev.vigie.number.emitted.v1");
    assert.equal(answers[0].headers.get("ce-time"), "2026-11-21T10:00:00.123Z");
    assert.equal(answers[0].headers.get("ce-id"), answers[1]?.headers.get("ce-id"));
    assert.deepEqual(bodies[0], bodies[1]);
    assert.equal((bodies[0] as { sequence: number }).sequence, Date.parse(ping.time));
  });

  it("answers a ping sent by hand, without a time", async () => {
    const answer = await emit.post({ type: ping.type, id: "b" });
    assert.equal(answer.status, 200);
  });

  it("answers 422 to a time before 1970", async () => {
    const answer = await emit.post({ ...ping, time: "1969-01-01T00:00:00Z" });
    assert.equal(answer.status, 422);
    assert.equal(((await answer.json()) as { code: string }).code, "INVALID_TIME");
  });
});
