import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { isInstalled, type Runtime, startRuntime } from "./runtime.ts";

describe("the page of the broker", () => {
  let vigie: Runtime;
  before(async function () {
    this.timeout(30_000);
    if (!isInstalled("chromium")) this.skip();
    vigie = await startRuntime("--no-clock");
  });
  after(async () => {
    await (vigie as Runtime | undefined)?.stop();
  });

  it("shows triggers with their filters, and functions with their state, in a real browser", function () {
    this.timeout(60_000);
    const url = `http://127.0.0.1:${vigie.brokerPort}/`;
    const options = ["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=3000"];
    const page = execFileSync("chromium", [...options, "--dump-dom", url], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      timeout: 60_000,
    });
    assert.match(page, /data-state="live"/);
    assert.match(page, /Broker vigie\/default/);
    assert.match(page, /type is dev\.vigie\.load\.classified\.v1</);
    assert.match(page, />at zero</);
  });
});
