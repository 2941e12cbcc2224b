import { cpSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { base, startIn, startRuntime } from "./runtime.ts";
import { walk } from "./walk.ts";

describe("the README's five things to try", function () {
  this.timeout(60_000);
  walk("README.md", () => startRuntime("--text", "--no-clock"));
});

describe("the eight steps", function () {
  this.timeout(60_000);
  walk("docs/from-the-eight-steps.md", () => {
    const folder = mkdtempSync(join(tmpdir(), "vigie-e2e-"));
    cpSync(base, join(folder, "my-base"), { recursive: true });
    return startIn(folder, "--text", "--no-clock", "-f", "my-base");
  });
});

describe("the walk along one alert", function () {
  this.timeout(60_000);
  walk("docs/architecture.md", () => startRuntime("--text", "--no-clock"));
});

describe("the orders that people give", function () {
  this.timeout(60_000);
  walk("docs/operations.md", () => startRuntime("--text", "--no-clock"));
});
