import assert from "node:assert/strict";
import { shownLine } from "../../../../knative/local/serving/shown-line.ts";

describe("shownLine", () => {
  it("shows warnings and errors in words, and what stands on stderr", () => {
    const error = '{"level":50,"msg":"failed","code":"KUBE_BUSY","err":{"message":"429"}}';
    assert.deepEqual(shownLine("stdout", error), {
      level: "error",
      text: "failed: KUBE_BUSY: 429",
    });
    assert.deepEqual(shownLine("stdout", '{"level":40}'), { level: "warn", text: '{"level":40}' });
    const named = '{"level":"error","event_id":"1","msg":"failed","err":{"message":"bug"}}';
    assert.deepEqual(shownLine("stdout", named), { level: "error", text: "failed: bug" });
    assert.deepEqual(shownLine("stderr", "oh no"), { level: "stderr", text: "oh no" });
  });

  it("keeps the rest for the file", () => {
    const warning = '{"level":"warn","event_id":"1","msg":"failed","code":"NO_POD"}';
    assert.equal(shownLine("stdout", warning), null);
    for (const line of [
      "plain",
      '{"level":"info","msg":"x"}',
      '{"level":30,"msg":"handled"}',
      "{broken",
      "",
      "null",
    ]) {
      assert.equal(shownLine("stdout", line), null);
    }
    assert.equal(shownLine("stderr", " "), null);
  });
});
