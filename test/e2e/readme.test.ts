import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { isInstalled, type Runtime, startRuntime, waitFor } from "./runtime.ts";

/** A fenced block of the README: `sh` is run, `text` is its output, `terminal` the runtime's. */
type Block = { language: string; text: string };

const readme = readFileSync(resolve(import.meta.dirname, "../../README.md"), "utf8");
const blocks: Block[] = [...readme.matchAll(/^```(sh|text|terminal)\n(.*?)^```$/gms)].map(
  ([, language = "", text = ""]) => ({ language, text }),
);

describe("the README's five things to try", function () {
  this.timeout(60_000);
  let vigie: Runtime;
  let shell: ChildProcess;
  let output = "";

  before(async function () {
    for (const program of ["bash", "curl", "kubectl"]) if (!isInstalled(program)) this.skip();
    vigie = await startRuntime("--text", "--no-clock");
    shell = spawn("bash", ["--norc"], { cwd: vigie.folder, stdio: ["pipe", "pipe", "ignore"] });
    shell.stdout?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  });
  after(async () => {
    if (shell !== undefined) {
      shell.stdin?.end();
      await once(shell, "close");
    }
    await vigie?.stop();
  });

  it("has them", () => {
    assert.equal(blocks.filter(({ language }) => language === "sh").length, 6);
  });

  for (const [at, block] of blocks.entries()) {
    if (block.language !== "sh") continue;
    const next = blocks.slice(at + 1);
    const end = next.findIndex(({ language }) => language === "sh");
    const expected = end < 0 ? next : next.slice(0, end);
    const title = (block.text.split("\n").at(-2) ?? "").trim().slice(0, 60);

    it(`prints what it says: ${title}`, async () => {
      output = "";
      const ports = [vigie.brokerPort, vigie.gatewayPort, vigie.kubePort];
      const script = block.text.replace(/\b808([012])\b/g, (_all, door) => String(ports[door]));
      shell.stdin?.write(`${script}\nprintf '\\ndone %s.\\n' $?\n`);
      await waitFor("the commands", () => /^done \d+\.$/m.test(output));
      assert.match(output, /^done 0\.$/m);
      for (const { language, text } of expected) {
        for (const line of text.trimEnd().split("\n")) {
          const pattern = toPattern(line);
          if (language === "text") assert.match(output, pattern);
          else await waitFor(`on the terminal: ${line}`, () => pattern.test(vigie.terminal()));
        }
      }
    });
  }
});

/** The line, whatever its numbers, its spaces, and whether a function was cold. */
function toPattern(line: string): RegExp {
  const escaped = line.trim().replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const loose = escaped
    .replace(/\d+/g, "\\d+")
    .replace(/\s+/g, "\\s+")
    .replace(/\b(cold|warm)\b/g, "(cold|warm)");
  return new RegExp(loose);
}
