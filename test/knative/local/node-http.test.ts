import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** As Node calls its own copy of undici. */
const OWN_UNDICI = "NativeModule internal/deps/undici/undici";

/** Whether a process has loaded it after these imports. */
async function loadsOwnUndici(...modules: string[]): Promise<boolean> {
  const imports = modules.map((module) => `await import(${JSON.stringify(module)});`).join("");
  const loaded = `process.moduleLoadList.includes(${JSON.stringify(OWN_UNDICI)})`;
  const script = `${imports} process.stdout.write(String(${loaded}));`;
  const args = ["--input-type=module", "-e", script];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  assert.match(stdout, /^(true|false)$/);
  return stdout === "true";
}

const urlOf = (path: string) => new URL(`../../../knative/local/${path}`, import.meta.url).href;

describe("the runtime's node:http", function () {
  this.timeout(20_000);

  it("brings no second undici into memory, which an import of it does", async () => {
    const [runtime, plain] = await Promise.all([
      loadsOwnUndici(urlOf("runtime.ts"), urlOf("cluster/start.ts")),
      loadsOwnUndici("node:http"),
    ]);
    assert.deepEqual({ runtime, plain }, { runtime: false, plain: true });
  });
});
