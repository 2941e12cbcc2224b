import { execFileSync } from "node:child_process";
import { resolve } from "node:path";
import { isInstalled } from "../e2e/runtime.ts";

const folder = resolve(import.meta.dirname, "../../prometheus");
const run = (program: string, ...args: string[]) =>
  execFileSync(program, args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });

describe("prometheus", function () {
  this.timeout(20_000);

  it("has rules that the real promtool accepts and whose unit tests pass", function () {
    if (!isInstalled("promtool")) this.skip();
    run("promtool", "check", "rules", "rules/pod-load.yaml", "rules/vigie.yaml");
    for (const name of ["pod-load.yaml", "pod-life.yaml", "vigie.yaml"]) {
      run("promtool", "test", "rules", `rules-tests/${name}`);
    }
  });

  it("has a route that the real amtool accepts", function () {
    if (!isInstalled("amtool")) this.skip();
    run("amtool", "check-config", "alertmanager.yaml");
  });
});
