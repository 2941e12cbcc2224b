import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { DockerfileParser } from "dockerfile-ast";
import { parseAllDocuments } from "yaml";
import { parseMemoryBytes, parseCpuMillis } from "../shared/quantity.ts";
import { engineEnv, findEngine, POD_LIMITS, saysNoSuchImage } from "./container-engine.ts";

const root = resolve(import.meta.dirname, "..");
const FUNCTION = "number-emit";
const IMAGE_USER = 65532;
const GIVEN = { version: "1.2.3", revision: "abc" };
/** What the base image is allowed to grow by. */
const MAX_IMAGE_BYTES = 8_000_000;
/** The first build installs from the package registry; the next ones find the layers. */
const BUILD_TIMEOUT_MS = 600_000;

/** What a container says of itself; there is no shell in it to ask with. */
type Inside = {
  ready: number;
  reply: string | null;
  uids: string[];
  groups: string;
  capabilities: string;
  noNewPrivileges: string;
  first: string;
  files: string[];
  ownedByOthers: string[];
  writable: string[];
};

/**
 * On 127.0.0.2 nobody answers who listens on 127.0.0.1 alone: queue-proxy and the kubelet come from
 * elsewhere too.
 */
const ASK = `
const { accessSync, constants, globSync, readdirSync, readFileSync, statSync } = require("node:fs");
const url = "http://127.0.0.2:8080";
const deadline = Date.now() + 60_000;
async function ready() {
  for (;;) {
    const answer = await fetch(url + "/readyz").catch(() => null);
    if (answer?.status === 200 || Date.now() > deadline) return answer?.status ?? 0;
    await new Promise((done) => setTimeout(done, 50));
  }
}
const isWritable = (path) => { try { accessSync(path, constants.W_OK); return true; } catch { return false; } };
const field = (name) => new RegExp("^" + name + ":\\\\s*(.*)$", "m").exec(readFileSync("/proc/1/status", "utf8"))?.[1] ?? "";
(async () => {
  const status = await ready();
  const headers = { "content-type": "application/json", "ce-specversion": "1.0", "ce-id": "1",
    "ce-source": "/apis/v1/namespaces/vigie/pingsources/number-clock", "ce-type": "dev.knative.sources.ping" };
  const answer = await fetch(url, { method: "POST", headers, body: "{}" });
  const all = ["/app", ...globSync("**", { cwd: "/app" }).map((name) => "/app/" + name)];
  process.stdout.write(JSON.stringify({
    ready: status,
    reply: answer.headers.get("ce-type"),
    uids: field("Uid").split("\\t"),
    groups: field("Groups").trim(),
    capabilities: field("CapEff"),
    noNewPrivileges: field("NoNewPrivs"),
    first: readFileSync("/proc/1/cmdline", "utf8").replaceAll("\\0", " ").trim(),
    files: readdirSync("/app").sort(),
    ownedByOthers: all.filter((path) => statSync(path).uid !== 0),
    writable: all.filter((path) => (statSync(path).mode & 0o022) !== 0 || isWritable(path)),
  }));
})();
`;

describe("an image that an engine has built", function () {
  this.timeout(60_000);
  const tag = `dev.local/vigie/${FUNCTION}:test-${process.pid}`;
  const name = `vigie-test-${process.pid}`;
  let engine: string | undefined;
  let runtime: string;
  let limits: string[];

  async function ask(...args: string[]): Promise<string> {
    assert.ok(engine !== undefined);
    const options = { env: engineEnv, maxBuffer: 64 * 1024 * 1024 };
    return (await promisify(execFile)(engine, args, options)).stdout;
  }

  before(async function () {
    this.timeout(BUILD_TIMEOUT_MS);
    const bases = await readBases();
    ({ runtime } = bases);
    limits = [...POD_LIMITS, ...(await readLimits())];
    const found = findEngine(bases, limits);
    if ("missing" in found) {
      for (const test of this.test?.parent?.tests ?? []) test.title += ` (${found.missing})`;
      this.skip();
    }
    ({ engine } = found);
    const version = [`VERSION=${GIVEN.version}`, `REVISION=${GIVEN.revision}`];
    const given = [`FUNCTION=${FUNCTION}`, ...version].flatMap((arg) => ["--build-arg", arg]);
    await ask("build", ...given, "--tag", tag, root);
  });
  afterEach(async () => {
    if (engine !== undefined) await ask("rm", "--force", name).catch(() => {});
  });
  after(async () => {
    if (engine !== undefined) await ask("rmi", "--force", tag).catch(() => {});
  });

  it("is its base and at most 8 MB, and says what it is", async () => {
    const { Size: base } = await inspect(runtime);
    const { Size: bytes, Config } = await inspect(tag);
    assert.ok(bytes > base && bytes - base < MAX_IMAGE_BYTES, `${bytes - base} bytes`);
    assert.equal(Config.User, `${IMAGE_USER}:${IMAGE_USER}`);
    assert.deepEqual(Config.Entrypoint, ["/nodejs/bin/node", "/app/main.cjs"]);
    const labelOf = (key: string) => Config.Labels[`org.opencontainers.image.${key}`];
    assert.equal(labelOf("title"), `vigie ${FUNCTION}`);
    assert.match(labelOf("description") ?? "", /^Prometheus alerts become CloudEvents/);
    assert.equal(labelOf("licenses"), "Apache-2.0");
    // Podman's cache gives the labels of an earlier build with the same files (buildah#5501).
    const isAsGiven = engine === "docker";
    for (const [key, value] of Object.entries(GIVEN)) {
      if (isAsGiven) assert.equal(labelOf(key), value);
      else assert.ok(labelOf(key), key);
    }
  });

  it("answers an event within its pod's limits, has no right and no file to write, and ends with 0", async () => {
    const env = ["--env", "PORT=8080", "--env", `K_SERVICE=${FUNCTION}`];
    await ask("run", "--detach", "--name", name, ...limits, ...env, tag);
    const inside = JSON.parse(await ask("exec", name, "/nodejs/bin/node", "-e", ASK)) as Inside;
    const user = String(IMAGE_USER);
    assert.deepEqual(inside, {
      ready: 200,
      reply: "dev.vigie.number.emitted.v1",
      uids: [user, user, user, user],
      groups: inside.groups,
      capabilities: "0000000000000000",
      noNewPrivileges: "1",
      first: "/nodejs/bin/node /app/main.cjs",
      files: [".cache", "lib", "main.cjs", "sbom.spdx.json"],
      ownedByOthers: [],
      writable: [],
    });
    assert.ok(!inside.groups.split(" ").includes("0"), "not in root's group");
    await ask("stop", "-t", "30", name);
    const { State } = await inspect(name);
    assert.equal(State.ExitCode, 0, await ask("logs", name));
  });

  it("is run from the compile cache that was baked in", async () => {
    const node = ["--profile-deserialization", "/app/main.cjs"];
    const env = ["--env", "PORT=8080", "--env", "NODE_DEBUG_NATIVE=COMPILE_CACHE"];
    const entry = ["--entrypoint", "/nodejs/bin/node"];
    await ask("run", "--detach", "--name", name, ...limits, ...env, ...entry, tag, ...node);
    await ask("exec", name, "/nodejs/bin/node", "-e", ASK);
    const size = `require("fs").statSync("/app/.cache/" + require("fs").readdirSync("/app/.cache").find((name) => name.endsWith(".code"))).size`;
    const bytes = (await ask("exec", name, "/nodejs/bin/node", "-p", size)).trim();
    await ask("stop", "-t", "30", name);
    const options = { env: engineEnv, maxBuffer: 64 * 1024 * 1024 };
    const { stdout, stderr } = await promisify(execFile)(engine ?? "", ["logs", name], options);
    const log = stdout + stderr;
    assert.ok(log.includes(`[Deserializing from ${bytes} bytes took`), log);
    assert.match(log, /V8 code cache for CommonJS \/app\/lib\/vendor\/pino\.cjs was accepted/);
    assert.doesNotMatch(log, /Cached code failed|rejected/);
  });

  type Inspected = {
    Size: number;
    Config: { User: string; Entrypoint: string[]; Labels: Record<string, string> };
    State: { ExitCode: number };
  };
  async function inspect(what: string): Promise<Inspected> {
    const [found] = JSON.parse(await ask("inspect", what)) as Inspected[];
    assert.ok(found !== undefined, what);
    return found;
  }
});

describe("an engine's word that a base image does not exist", () => {
  const image = "docker.io/library/node:99-none";
  for (const line of [
    `failed to solve with frontend dockerfile.v0: failed to create LLB definition: ${image}: not found`,
    `manifest for node:99-none not found: manifest unknown: manifest unknown`,
    `Error: creating build container: initializing source docker://node:99-none: reading manifest 99-none in docker.io/library/node: manifest unknown: manifest unknown`,
  ]) {
    it(`is taken from: ${line.slice(0, 40)}…`, () => {
      assert.ok(saysNoSuchImage(`#3 building\n${line}\n`, image));
    });
  }

  for (const line of [
    `failed to solve: failed to do request: Head "https://registry-1.docker.io/v2/library/node/manifests/99-none": dial tcp: lookup registry-1.docker.io on 10.0.0.53:53: no such host`,
    `Error: initializing source docker://${image}: pinging container registry registry-1.docker.io: Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io: no such host`,
    `error getting credentials - err: exec: "docker-credential-desktop": executable file not found in $PATH`,
    `${image}: toomanyrequests: You have reached your pull rate limit`,
  ]) {
    it(`is not taken from: ${line.slice(0, 40)}…`, () => {
      assert.ok(!saysNoSuchImage(line, image));
    });
  }
});

async function readBases(): Promise<{ builder: string; runtime: string }> {
  const file = DockerfileParser.parse(await readFile(join(root, "Dockerfile"), "utf8"));
  const given = new Map(
    file.getInitialARGs().map((arg) => arg.getArgumentsContent()?.split("=") as [string, string]),
  );
  return { builder: given.get("BUILDER") ?? "", runtime: given.get("RUNTIME") ?? "" };
}

/** What the function's manifest lets it use, in the engine's words. */
async function readLimits(): Promise<string[]> {
  const text = await readFile(join(root, "knative/base", `${FUNCTION}.yaml`), "utf8");
  const [service] = parseAllDocuments(text);
  const path = ["spec", "template", "spec", "containers", 0, "resources", "limits"];
  const limit = (resource: string) => String(service?.getIn([...path, resource]));
  const cpus = parseCpuMillis(limit("cpu")) / 1000;
  return [`--memory=${parseMemoryBytes(limit("memory"))}`, `--cpus=${cpus}`];
}
