import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { findProgram } from "../../../knative/cluster/find-program.ts";
import { withCompileCache } from "../../compile-cache.ts";

const scripts = resolve(import.meta.dirname, "../../../knative/cluster");

/** Programs that write down how they were called stand where skaffold, docker and minikube are missing. */
describe("what skaffold is run with", function () {
  this.timeout(20_000);
  let folder: string;
  let calls: string;
  beforeEach(function () {
    if (process.platform === "win32") this.skip();
    folder = mkdtempSync(join(tmpdir(), "vigie-programs-"));
    calls = join(folder, "calls");
    writeFileSync(calls, "");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const program = (name: string, script: string) => {
    const file = join(folder, "bin", name);
    mkdirSync(join(folder, "bin"), { recursive: true });
    writeFileSync(file, `#!/bin/sh\necho "${name} $*" >> "${calls}"\n${script}\n`);
    chmodSync(file, 0o755);
    return file;
  };
  const run = (script: string, args: string[], given: Record<string, string> = {}) => {
    // kubectl keeps a cache in HOME.
    const path = join(folder, "bin") + delimiter + process.env["PATH"];
    const env = { PATH: path, HOME: folder, ...withCompileCache, ...given };
    return spawnSync(process.execPath, [join(scripts, script), ...args], { encoding: "utf8", env });
  };
  const called = () => readFileSync(calls, "utf8").trimEnd().split("\n");

  it("hides minikube from skaffold, which would ask it for docker-env, and tells the hook where it is", () => {
    const minikube = program("minikube", "exit 0");
    program(
      "skaffold",
      'minikube version && exit 9; echo "the hook has $VIGIE_MINIKUBE"; echo "attested: $((1 - BUILDX_NO_DEFAULT_ATTESTATIONS))"; exit 3',
    );
    const { status, stdout } = run("skaffold.ts", ["dev", "--tail"]);
    assert.equal(stdout, `the hook has ${minikube}\nattested: 0\n`);
    assert.equal(status, 3, "its exit code is skaffold's");
    assert.deepEqual(called(), ["skaffold dev --tail"]);
  });

  const hook = (image: string, more: Record<string, string> = {}) =>
    run("load-image.ts", [], { SKAFFOLD_IMAGE: image, SKAFFOLD_PUSH_IMAGE: "false", ...more });

  it("loads an image into the nodes by its id, and not what they have by that", () => {
    program("docker", 'test "$1" = image && echo sha256:0a1b || true');
    program("minikube", 'test "$2" = ls && echo dev.local/vigie/console:ffff || true');
    assert.equal(hook("dev.local/vigie/console:new").status, 0);
    assert.deepEqual(called(), [
      "docker image inspect --format {{.Id}} dev.local/vigie/console:new",
      "minikube image ls --profile vigie",
      "docker tag sha256:0a1b dev.local/vigie/console:0a1b",
      "minikube image load --profile vigie dev.local/vigie/console:0a1b",
    ]);
    writeFileSync(calls, "");
    program("minikube", 'test "$2" = ls && echo dev.local/vigie/console:0a1b');
    assert.equal(hook("dev.local/vigie/console:newer").status, 0);
    assert.equal(called().length, 2);
  });

  it("forgets an image that did not reach every node, and fails", () => {
    program("docker", 'test "$1" = image && echo sha256:0a1b || true');
    program("minikube", 'test "$2" != load');
    const { status, stderr } = hook("dev.local/vigie/console:new");
    assert.notEqual(status, 0);
    assert.match(stderr, /image load .* ended with 1/);
    assert.equal(called().at(-1), "minikube image rm --profile vigie dev.local/vigie/console:0a1b");
  });

  it("loads nothing that is pushed", () => {
    program("docker", "exit 1");
    program("minikube", "exit 1");
    const pushed = hook("registry/console:new", { SKAFFOLD_PUSH_IMAGE: "true" });
    assert.deepEqual([pushed.status, called()], [0, [""]]);
  });

  /** Options that a command of skaffold has, of those that we use (its CLI reference, v2.17). */
  const OPTIONS: Record<string, readonly string[]> = {
    build: ["--cache-artifacts", "--file-output", "--filename", "--profile"],
    dev: ["--cache-artifacts", "--profile"],
    run: ["--default-repo", "--kube-context", "--profile"],
    verify: ["--build-artifacts", "--filename", "--profile"],
  };
  const assertOptions = (call: string) => {
    const [, command = ""] = /skaffold(?:\.ts)? (\w+)/.exec(call) ?? [];
    for (const [option] of call.matchAll(/--[a-z-]+/g)) {
      assert.ok(
        OPTIONS[command]?.includes(option),
        `skaffold ${command} has no ${option}: ${call}`,
      );
    }
  };

  it("builds, gives the cluster what the Job needs, verifies by what was built, and takes it away", () => {
    program("minikube", "");
    program("kubectl", "");
    program("skaffold", "");
    const { status, stderr } = run("verify/as-job.ts", []);
    assert.deepEqual([status, stderr], [0, ""]);
    const [build = "", ...others] = called();
    const [, file = ""] = /--file-output (\S+)/.exec(build) ?? [];
    assert.match(build, /^skaffold build --cache-artifacts=false .* --profile verify$/);
    assert.deepEqual(
      others.map((call) => call.replace(/ \S+\/(?=knative|skaffold\.yaml)/g, " ")),
      [
        "kubectl delete --ignore-not-found -f knative/overlays/minikube/verify/job.yaml",
        "kubectl delete --ignore-not-found -k knative/overlays/minikube/verify",
        "kubectl apply -k knative/overlays/minikube/verify",
        `skaffold verify --build-artifacts ${file} --filename skaffold.yaml --profile verify`,
        "kubectl delete --ignore-not-found -f knative/overlays/minikube/verify/job.yaml",
        "kubectl delete --ignore-not-found -k knative/overlays/minikube/verify",
      ],
    );
    for (const call of [build, ...others]) if (call.startsWith("skaffold")) assertOptions(call);
  });

  it("leaves what it alerted about where it is, and fails, when the Job has said FAIL", () => {
    program("minikube", "");
    program("kubectl", "");
    program("skaffold", 'test "$1" != verify');
    assert.equal(run("verify/as-job.ts", []).status, 1);
    assert.match(called().at(-1) ?? "", /^skaffold verify /);
  });

  it("has options in package.json and on the pages that skaffold's commands have", () => {
    const root = resolve(scripts, "../..");
    const pages = globSync(["*.md", "docs/*.md", "package.json"], { cwd: root });
    const calls = pages.flatMap((page) => [
      ...readFileSync(join(root, page), "utf8").matchAll(
        /skaffold(?:\.ts)? (?:build|dev|run|verify) --[^"`\n]*/g,
      ),
    ]);
    assert.ok(calls.length >= 2);
    for (const [call] of calls) assertOptions(call);
  });

  it("says to cluster:check's reader that skaffold is too old for skaffold.yaml", () => {
    for (const name of ["kubectl", "docker", "helm", "minikube"]) program(name, "exit 1");
    const isOk = (version: string) => {
      program("skaffold", `echo ${version}`);
      const { stdout } = run("check.ts", []);
      const [, word] = /^(ok|missing) +skaffold 2\.15 or newer$/m.exec(stdout) ?? [];
      return word;
    };
    assert.deepEqual(["v2.14.2", "v2.15.0", "v3.0.0", "unknown"].map(isOk), [
      "missing",
      "ok",
      "ok",
      "missing",
    ]);
  });

  it("says to cluster:check's reader that Docker's client could not build", () => {
    for (const name of ["kubectl", "helm", "minikube", "skaffold"]) program(name, "exit 1");
    const word = (docker: string) => {
      program("docker", docker);
      return /^(ok|missing) +docker buildx$/m.exec(run("check.ts", []).stdout)?.[1];
    };
    const client = (version: string) =>
      `test "$1" = --version && echo "Docker version ${version}, build e6534b4"`;
    assert.equal(word('test "$1 $2" = "buildx version"'), "ok");
    assert.equal(word(client("28.2.2")), "missing");
    assert.equal(word(client("20.10.24+dfsg1")), "ok", "it has BuildKit in itself");
    assert.equal(word("exit 1"), "missing");
  });

  it("finds a program where the first folder that has it says", () => {
    const file = program("minikube", "");
    assert.equal(findProgram("minikube", `/nonexistent${delimiter}${join(folder, "bin")}`), file);
    assert.equal(findProgram("bin", folder), null, "a folder is none");
    chmodSync(file, 0o644);
    assert.equal(findProgram("minikube", join(folder, "bin")), null);
  });
});
