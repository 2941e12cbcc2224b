import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { parseAllDocuments } from "yaml";
import { STEPS } from "../../knative/cluster/steps.ts";
import { VERSIONS } from "../../knative/cluster/versions.ts";
import { kubectlMinor } from "../kubectl.ts";
import { type KubeManifest, validateStrictly } from "../knative/strict-schemas.ts";
import {
  anchors,
  commands,
  type Fence,
  fences,
  headingLevels,
  localLinks,
  prose,
} from "./markdown.ts";

const root = resolve(import.meta.dirname, "../..");
const pages = globSync(["*.md", "docs/*.md", "bench/README.md"], { cwd: root }).sort();
const read = (page: string) => readFileSync(join(root, page), "utf8");
const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
/** Whose kinds the models that we have do not know. */
const FOREIGN_GROUPS = /^(kustomize\.config\.k8s\.io|argoproj\.io|.*\.fluxcd\.io)\//;
/** Pages whose second is the first in French. */
const TRANSLATIONS = [
  ["README.md", "README.fr.md"],
  ["docs/from-the-eight-steps.md", "docs/les-huit-etapes.md"],
] as const;

const shellFences = (page: string): Fence[] =>
  fences(read(page)).filter(({ language }) => language === "sh" || language === "bash");

/** Each command of each page that begins with these words, and where it is. */
function saying(words: string): { command: string; at: string }[] {
  return pages.flatMap((page) =>
    shellFences(page).flatMap(({ text, line }) =>
      commands(text)
        .filter((command) => command.startsWith(`${words} `))
        .map((command) => ({ command, at: `${page}:${line}` })),
    ),
  );
}

describe("the pages", () => {
  for (const page of pages) {
    describe(page, () => {
      const text = read(page);

      it("links to files and headings that are there", () => {
        for (const link of localLinks(text)) {
          const [path = "", anchor] = link.split("#");
          const file = path === "" ? page : relative(root, join(root, dirname(page), path));
          assert.ok(existsSync(join(root, file)), link);
          if (anchor !== undefined) assert.ok(anchors(read(file)).has(anchor), link);
        }
      });

      it("names npm scripts that are there", () => {
        for (const [, name = ""] of text.matchAll(/npm run ([a-z][\w:]*)/g)) {
          assert.ok(scripts[name], `npm run ${name}`);
        }
        for (const [, name = ""] of text.matchAll(/`((?:cluster|bench|docs|lint):\w+)`/g)) {
          assert.ok(scripts[name], name);
        }
      });

      it("names folders and files of ours that are there", () => {
        const ours = /`((?:functions|shared|knative|prometheus|test|bench|docs)\/[\w./-]+)`/g;
        for (const [, path = ""] of prose(text).matchAll(ours)) {
          assert.ok(existsSync(join(root, path)), path);
        }
      });

      it("has shell blocks that bash can read", () => {
        for (const { text: script, line } of shellFences(page)) {
          const { status, stderr } = spawnSync("bash", ["-n"], { input: script, encoding: "utf8" });
          assert.equal(status, 0, `line ${line}: ${stderr}`);
        }
      });

      it("has YAML that is YAML, and objects that their kinds take", async function () {
        this.timeout(60_000);
        const objects = fences(text)
          .filter(({ language }) => language === "yaml")
          .flatMap((fence) => parseAllDocuments(fence.text, { strict: true }))
          .map((one) => {
            assert.deepEqual(one.errors, []);
            return one.toJS() as KubeManifest;
          })
          .filter(({ apiVersion, kind }) => apiVersion !== undefined && kind !== undefined);
        const known = objects.filter(({ apiVersion }) => !FOREIGN_GROUPS.test(apiVersion));
        if (known.length > 0) await validateStrictly(known);
      });
    });
  }

  for (const [english, french] of TRANSLATIONS) {
    it(`${french} has the headings and the commands of ${english}`, () => {
      assert.deepEqual(headingLevels(read(french)), headingLevels(read(english)));
      const texts = (page: string) => fences(read(page)).map(({ text }) => text);
      assert.deepEqual(texts(french), texts(english));
    });
  }

  it("give kubectl what it can read", async function () {
    this.timeout(120_000);
    if ((kubectlMinor ?? 0) < 32) this.skip();
    const readable = saying("kubectl").filter(
      ({ command }) => !/ (port-forward|config|create|auth|kustomize) |[|>]/.test(command),
    );
    const errors = async (command: string): Promise<string> => {
      // Nobody answers there, and says so at once: kubectl has read its options by then.
      const nowhere = "--server=http://127.0.0.1:9 --request-timeout=60s";
      const script = command.replace(/^kubectl( --kubeconfig \S+)?/, `kubectl ${nowhere}`);
      const env = { ...process.env, KUBECONFIG: "/nonexistent" };
      const child = spawn("bash", ["-c", script], {
        cwd: root,
        env,
        stdio: ["ignore", "ignore", "pipe"],
      });
      return await text(child.stderr);
    };
    const texts = await Promise.all(readable.map(({ command }) => errors(command)));
    for (const [index, { command, at }] of readable.entries()) {
      const stderr = texts[index] ?? "";
      assert.match(stderr, /refused|deadline|connect|^$/, `${at}: ${command}\n${stderr}`);
      assert.doesNotMatch(
        stderr,
        /unknown (flag|shorthand|command)|invalid|must/i,
        `${at}: ${command}\n${stderr}`,
      );
    }
  });

  it("name overlays that are there", () => {
    for (const { command, at } of saying("kubectl")) {
      const [, folder] = /(?:-k|kustomize) (\S+)/.exec(command) ?? [];
      if (folder === undefined) continue;
      assert.ok(existsSync(join(root, folder, "kustomization.yaml")), `${at}: ${folder}`);
    }
  });

  it("name steps, profiles and versions that the scripts have", () => {
    const ids = STEPS.map(({ id }) => id);
    for (const { command, at } of saying("npm run cluster:up")) {
      const [, only] = /--only (\S+)/.exec(command) ?? [];
      for (const id of only?.split(",") ?? []) assert.ok(ids.includes(id), `${at}: ${id}`);
    }
    const skaffold = read("skaffold.yaml");
    const runs = [...saying("npm run cluster:dev"), ...saying("skaffold run")];
    for (const { command, at } of runs) {
      const [, profile] = /--profile (\S+)/.exec(command) ?? [];
      if (profile === undefined) continue;
      assert.ok(skaffold.includes(`  - name: ${profile}\n`), `${at}: ${profile}`);
    }
    for (const { command, at } of saying("minikube start")) {
      assert.ok(command.endsWith(`--kubernetes-version ${VERSIONS.kubernetes}`), at);
    }
    for (const { command, at } of saying("helm upgrade")) {
      assert.ok(command.includes(`--version ${VERSIONS.kubePrometheusStack} `), at);
    }
  });

  it("docs/minikube.md has ten things that go wrong, and every step of cluster:up", () => {
    const text = read("docs/minikube.md");
    assert.equal([...text.matchAll(/^### \d+\. /gm)].length, 10);
    for (const { id } of STEPS) assert.ok(text.includes(`\`${id}\``), id);
  });
});
