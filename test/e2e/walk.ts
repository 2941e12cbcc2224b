import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { after, before as mochaBefore, it } from "mocha";
import { type Fence, fences } from "../docs/markdown.ts";
import { isInstalled, type Runtime, waitFor } from "./runtime.ts";

const project = resolve(import.meta.dirname, "../..");
const PROGRAMS = ["bash", "curl", "kubectl"];

/**
 * Tests that a page says the truth: each block `sh` is run, in one shell, beside a runtime; the
 * blocks that follow it are what it prints (`text`) and what the runtime does (`terminal`). Blocks
 * `bash` are not run. `before` starts the runtime, in whose folder the shell is.
 */
export function walk(page: string, before: () => Promise<Runtime>): void {
  let vigie: Runtime;
  let shell: ChildProcess;
  let output = "";

  mochaBefore(async function () {
    for (const program of PROGRAMS) if (!isInstalled(program)) this.skip();
    vigie = await before();
    shell = spawn("bash", ["--norc"], { cwd: vigie.folder, stdio: ["pipe", "pipe", "ignore"] });
    shell.stdout?.setEncoding("utf8").on("data", (text: string) => (output += text));
  });
  after(async () => {
    if (shell !== undefined) {
      shell.stdin?.end();
      await once(shell, "close");
    }
    await vigie?.stop();
  });

  async function run(text: string): Promise<void> {
    const ports = [vigie.brokerPort, vigie.gatewayPort, vigie.kubePort];
    const script = text.replace(/\b808([012])\b/g, (_all, door) => String(ports[door]));
    const begun = output.length;
    shell.stdin?.write(`${script}\nprintf '\\ndone %s.\\n' $?\n`);
    await waitFor("the commands", () => /^done \d+\.$/m.test(output.slice(begun)));
    assert.match(output.slice(begun), /^done 0\.$/m);
  }

  for (const { block, expected } of steps(page)) {
    it(`prints what it says, line ${block.line}: ${titleOf(block)}`, async () => {
      output = "";
      const begun = vigie.terminal().length;
      await run(block.text);
      const lines = (language: string) =>
        expected
          .filter((one) => one.language === language)
          .flatMap(({ text }) => text.trimEnd().split("\n"));
      for (const line of lines("terminal")) {
        const pattern = toPattern(line);
        await waitFor(`on the terminal: ${line}`, () =>
          pattern.test(vigie.terminal().slice(begun)),
        );
      }
      // A reader is slower than this: what is not yet so is looked at again, as long as it takes.
      const first = output;
      for (const line of lines("text")) {
        const pattern = toPattern(line);
        const deadline = Date.now() + 60_000;
        while (!pattern.test(output) && Date.now() < deadline) await run(block.text);
        assert.ok(pattern.test(output), `not printed: ${line}\nbut: ${first}`);
      }
    });
  }
}

/** The blocks of a page that are run, each with those up to the next. */
function steps(page: string): { block: Fence; expected: Fence[] }[] {
  const blocks = fences(readFileSync(resolve(project, page), "utf8"));
  return blocks.flatMap((block, at) => {
    if (block.language !== "sh") return [];
    const next = blocks.slice(at + 1);
    const end = next.findIndex(({ language }) => language === "sh" || language === "bash");
    return [{ block, expected: end < 0 ? next : next.slice(0, end) }];
  });
}

function titleOf({ text }: Fence): string {
  return (text.split("\n").at(-2) ?? "").trim().slice(0, 60);
}

/** The line, whatever its numbers, its spaces, and whether a function was cold. */
function toPattern(line: string): RegExp {
  const escaped = line.trim().replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const loose = escaped
    .replace(/\d+/g, "\\d+")
    .replace(/\s+/g, "\\s+")
    .replace(/\b(cold|warm)\b/g, "(cold|warm)");
  return new RegExp(loose);
}
