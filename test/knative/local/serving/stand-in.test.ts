import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { standInFor } from "../../../../knative/local/serving/stand-in.ts";

describe("what stands for an image of Knative's samples", () => {
  const known = [
    "gcr.io/knative-nightly/knative.dev/eventing/cmd/heartbeats:latest",
    "gcr.io/knative-releases/knative.dev/eventing/cmd/event_display",
    "gcr.io/knative-releases/knative.dev/eventing-contrib/cmd/event_display:latest",
    "gcr.io/knative-releases/github.com/knative/eventing-sources/cmd/event_display@sha256:0a1b",
  ];
  for (const image of known) {
    it(`is a program for ${image}`, () => {
      const [program, file] = standInFor(image) ?? assert.fail("none");
      assert.equal(program, process.execPath);
      assert.ok(existsSync(file));
    });
  }

  const others = [
    "example.org/event_display",
    "example.org/cmd/event_display/other",
    "example.org/cmd/event_displays",
    "example.org/cmd/heartbeat",
    "dev.local/vigie/console",
  ];
  for (const image of others)
    it(`is nothing for ${image}`, () => assert.equal(standInFor(image), null));
});
