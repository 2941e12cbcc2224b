import assert from "node:assert/strict";
import { type Intent, intentKey } from "../../../../functions/resource-patch/intent.ts";
import { podKill } from "../../../../functions/resource-patch/usage/pod-kill.ts";
import { podOf } from "./pods.ts";

const MEBIBYTE = 2 ** 20;
const killedAt = "2026-11-21T10:00:00Z";
const ended = (reason: string, finishedAt: string | undefined = killedAt) => ({
  containerStatuses: [{ name: "app", lastState: { terminated: { reason, finishedAt } } }],
});
const resizedAt = (at: string): Record<string, string> => {
  const intent: Intent = {
    id: "0".repeat(32),
    at,
    observedAt: at,
    changes: [
      {
        container: "app",
        kind: "container",
        before: { request: "128Mi", limit: "300Mi" },
        after: { request: "256Mi", limit: "512Mi" },
      },
    ],
    settled: null,
  };
  return { [intentKey("memory")]: JSON.stringify(intent) };
};

describe("podKill", () => {
  it("is the kill with the limit of the container", () => {
    const kill = { atSeconds: Date.parse(killedAt) / 1000, limitBytes: 512 * MEBIBYTE };
    assert.deepEqual(podKill(podOf("web", { status: ended("OOMKilled") }), "app"), kill);
    const annotations = resizedAt("2026-11-21T09:00:00.000Z");
    assert.deepEqual(
      podKill(podOf("web", { status: ended("OOMKilled"), annotations }), "app"),
      kill,
    );
  });

  it("has the limit from before our own resize since", () => {
    const annotations = resizedAt("2026-11-21T10:05:00.000Z");
    const kill = podKill(podOf("web", { status: ended("OOMKilled"), annotations }), "app");
    assert.equal(kill?.limitBytes, 300 * MEBIBYTE);
  });

  it("is none for another end, another container, and where there is no limit", () => {
    assert.equal(podKill(podOf("web", { status: ended("Error") }), "app"), null);
    assert.equal(podKill(podOf("web", { status: ended("OOMKilled") }), "other"), null);
    assert.equal(podKill(podOf("web", { status: ended("OOMKilled", "soon") }), "app"), null);
    const free = podOf("web", {
      status: ended("OOMKilled"),
      containers: [{ name: "app", image: "app:1" }],
    });
    assert.equal(podKill(free, "app"), null);
    assert.equal(podKill(podOf("web"), "app"), null);
  });
});
