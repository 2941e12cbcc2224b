import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { globSync } from "node:fs";
import {
  chmod,
  chown,
  cp,
  glob,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { DockerfileParser, type JSONInstruction } from "dockerfile-ast";

const root = resolve(import.meta.dirname, "..");
const run = promisify(execFile);
/** What the base image is allowed to grow by. */
const MAX_IMAGE_BYTES = 8_000_000;
const IMAGE_USER = 65532;
const KUBECONFIG = `
clusters: [{ name: nowhere, cluster: { server: "http://127.0.0.1:9" } }]
users: [{ name: nobody, user: {} }]
contexts: [{ name: none, context: { cluster: nowhere, user: nobody } }]
current-context: none
`;
/** Only root may start a process as somebody else. */
const asSomebodyElse = process.getuid?.() === 0 ? { uid: IMAGE_USER, gid: IMAGE_USER } : {};

describe("Dockerfile", () => {
  let text: string;
  let file: ReturnType<typeof DockerfileParser.parse>;
  before(async () => {
    text = await readFile(join(root, "Dockerfile"), "utf8");
    file = DockerfileParser.parse(text);
  });
  const named = (keyword: string) =>
    file.getInstructions().filter((one) => one.getKeyword() === keyword);
  /** The instructions of a stage, from its FROM to the next. */
  const stageOf = (name: string) => {
    const all = file.getInstructions();
    const froms = file.getFROMs();
    const at = froms.findIndex((from) => from.getBuildStage() === name);
    const begin = all.findIndex(
      (one) => one.getRange().start.line === froms[at]?.getRange().start.line,
    );
    const next = froms[at + 1]?.getRange().start.line ?? Infinity;
    assert.ok(begin >= 0, name);
    return all.slice(begin).filter((one) => one.getRange().start.line < next);
  };
  /** What is run: of a function, which is the last stage and so the default, and of a verification. */
  const IMAGES = ["function", "verify"];

  it("pins every base image by a version that is not latest, as an argument that takes a digest", () => {
    const initial = new Map(
      file.getInitialARGs().map((arg) => arg.getArgumentsContent()?.split("=") as [string, string]),
    );
    const stages = new Set(file.getFROMs().map((from) => from.getBuildStage()));
    for (const from of file.getFROMs()) {
      const image = from.getImage() ?? "";
      if (stages.has(image)) continue;
      const argument = /^\$\{(\w+)\}$/.exec(image)?.[1] ?? "";
      const value = initial.get(argument) ?? "";
      assert.match(value, /^[a-z0-9.-]+\/[a-z0-9./-]+:[\w.-]+$/, `${image} is ${value}`);
      assert.doesNotMatch(value, /:latest$/);
    }
  });

  it("builds with the Node that the tests run on", () => {
    assert.ok(text.includes(`node:${process.versions.node}-`), process.versions.node);
    assert.ok(text.includes(`nodejs${process.versions.node.split(".")[0]}-`));
  });

  it("takes from a registry nothing but its bases", () => {
    // A frontend (# syntax=…) would be one more image, and no argument of ours could pin it.
    assert.doesNotMatch(text, /^#\s*syntax\s*=/m);
  });

  it("has no ADD, no shell form and no relative folder", () => {
    assert.deepEqual(named("ADD"), []);
    for (const keyword of ["RUN", "ENTRYPOINT", "CMD"]) {
      for (const one of named(keyword) as JSONInstruction[]) {
        assert.ok(one.getOpeningBracket(), `${keyword} on line ${one.getRange().start.line + 1}`);
      }
    }
    for (const one of named("WORKDIR")) assert.match(one.getArgumentsContent() ?? "", /^\//);
  });

  it("builds a function when no other stage is named", () => {
    assert.equal(file.getFROMs().at(-1)?.getBuildStage(), "function");
  });

  for (const image of IMAGES) {
    it(`ends as a user with a number that is not root's, and gives it no file to write: ${image}`, () => {
      const stage = stageOf(image);
      const users = stage.filter((one) => one.getKeyword() === "USER");
      assert.equal(users.at(-1)?.getArgumentsContent(), `${IMAGE_USER}:${IMAGE_USER}`);
      const copies = stage.filter((one) => one.getKeyword() === "COPY");
      assert.ok(copies.length > 0);
      for (const copy of copies) assert.match(copy.getTextContent(), /--chown=0:0 /);
      // A folder that WORKDIR makes is the base's user's, who is the same.
      const words = stage.map((one) => one.getKeyword());
      assert.ok(words.lastIndexOf("COPY") < words.indexOf("WORKDIR"), words.join(" "));
      assert.deepEqual(
        stage.filter((one) => one.getKeyword() === "RUN"),
        [],
      );
    });

    it(`says what it is by OCI labels: ${image}`, () => {
      const labels = stageOf(image).find((one) => one.getKeyword() === "LABEL");
      for (const name of ["title", "description", "licenses", "version", "revision"]) {
        assert.ok(labels?.getTextContent().includes(`org.opencontainers.image.${name}=`), name);
      }
    });
  }

  it("takes from the stage that builds all functions the files of one, before anything that differs each time", () => {
    const [first, ...others] = stageOf("warm").filter((one) =>
      /--from=/.test(one.getTextContent()),
    );
    assert.ok(first !== undefined && others.length === 0);
    assert.match(first.getTextContent(), / \/out\/\$\{FUNCTION\} \/out\/\$\{FUNCTION\}$/);
    const words = stageOf("warm").map((one) => one.getKeyword());
    assert.ok(words.indexOf("ARG") < words.indexOf("COPY"));
    assert.ok(!stageOf("build").some((one) => one.getTextContent().includes("FUNCTION=")));
  });
});

describe("what the Dockerfile does, without a container", function () {
  this.timeout(60_000);
  let folder: string;
  let images: string;

  /** The stage `build`: in a folder that has what .dockerignore lets through, and no more. */
  async function build(
    out: string,
    edit?: (source: string) => Promise<void>,
    more: readonly string[] = [],
  ) {
    const source = join(folder, "src");
    await rm(source, { recursive: true, force: true });
    await mkdir(source);
    const ignored = await readFile(join(root, ".dockerignore"), "utf8");
    for (const line of ignored.split("\n").filter((one) => one.startsWith("!"))) {
      await cp(join(root, line.slice(1)), join(source, line.slice(1)), { recursive: true });
    }
    await symlink(join(root, "node_modules"), join(source, "node_modules"));
    await edit?.(source);
    const args = ["functions/build.ts", "--each", "--quiet", "--out", out, ...more];
    await run(process.execPath, args, { cwd: source });
  }

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "vigie-image-"));
    await chmod(folder, 0o755);
    images = join(folder, "images");
    await build(images);
    // The stage `warm`: the files are its user's, and it has the three scripts only.
    const warm = join(folder, "warm");
    await mkdir(warm);
    for (const name of ["warm.ts", "build-cache.ts", "compile-code.ts"]) {
      await cp(join(root, "functions", name), join(warm, name));
    }
    const { uid, gid } = asSomebodyElse;
    if (uid !== undefined && gid !== undefined) {
      await chown(images, uid, gid);
      for await (const path of glob("**", { cwd: images }))
        await chown(join(images, path), uid, gid);
    }
    await run(process.execPath, [join(warm, "warm.ts"), images], { ...asSomebodyElse, cwd: "/" });
    // COPY --chown=0:0, on a file system that is mounted read-only.
    for await (const path of glob("**", { cwd: images })) {
      const file = join(images, path);
      if (uid !== undefined) await chown(file, 0, 0);
      if ((await stat(file)).isDirectory()) await chmod(file, 0o555);
      else assert.equal((await stat(file)).mode & 0o044, 0o044, `${path} may be read by others`);
    }
  });
  after(async () => {
    for await (const path of glob("**", { cwd: images })) {
      const file = join(images, path);
      if ((await stat(file)).isDirectory()) await chmod(file, 0o755);
    }
    await rm(folder, { recursive: true });
  });

  it("makes an image of at most 8 MB over its base, for every function", async () => {
    const steps = await readdir(images);
    const functions = globSync("*/index.ts", { cwd: join(root, "functions") });
    assert.deepEqual(steps.toSorted(), functions.map((path) => dirname(path)).toSorted());
    for (const step of steps) {
      let bytes = 0;
      for await (const path of glob("**", { cwd: join(images, step) })) {
        const found = await stat(join(images, step, path));
        if (found.isFile()) bytes += found.size;
      }
      assert.ok(bytes < MAX_IMAGE_BYTES, `${step}: ${bytes} bytes`);
      assert.ok(!(await readdir(join(images, step))).includes("node_modules"));
    }
  });

  it("puts what pages share beside a page, and nowhere else", () => {
    const holders = (folder: string) =>
      globSync(`*/${folder}`, { cwd: images })
        .map((path) => path.split("/")[0] ?? "")
        .toSorted();
    assert.deepEqual(holders("shared/page"), ["console", "number-receive"]);
    assert.deepEqual(holders("functions/*/page"), holders("shared/page"));
  });

  it("leaves the Kubernetes client out of a function that does not call the API", async () => {
    const vendor = (step: string) => readdir(join(images, step, "lib/vendor"));
    assert.ok((await vendor("resource-patch")).includes("kubernetes-client-node.cjs"));
    for (const step of ["number-emit", "alert-source"]) {
      assert.ok(!(await vendor(step)).includes("kubernetes-client-node.cjs"), step);
    }
  });

  it("says in SPDX which packages are in each image, as they are locked, and names no other", async () => {
    const lock = JSON.parse(await readFile(join(root, "package-lock.json"), "utf8")) as {
      packages: Record<string, { version: string; integrity: string }>;
    };
    type Sbom = {
      spdxVersion: string;
      packages: {
        name: string;
        SPDXID: string;
        versionInfo: string;
        checksums?: { checksumValue: string }[];
      }[];
      relationships: { relatedSpdxElement: string }[];
    };
    const namesIn = async (step: string) => {
      const text = await readFile(join(images, step, "sbom.spdx.json"), "utf8");
      const { spdxVersion, packages, relationships } = JSON.parse(text) as Sbom;
      assert.equal(spdxVersion, "SPDX-2.3");
      const [own, ...inside] = packages;
      assert.equal(own?.name, `vigie-${step}`);
      assert.equal(new Set(packages.map(({ SPDXID }) => SPDXID)).size, packages.length);
      assert.deepEqual(
        relationships.map(({ relatedSpdxElement }) => relatedSpdxElement),
        inside.map(({ SPDXID }) => SPDXID),
      );
      for (const { name, versionInfo, checksums } of inside) {
        const locked = Object.entries(lock.packages).find(
          ([folder, { version }]) =>
            folder.endsWith(`node_modules/${name}`) && version === versionInfo,
        )?.[1];
        assert.ok(locked, `${name} ${versionInfo}`);
        const hash = Buffer.from(checksums?.[0]?.checksumValue ?? "", "hex").toString("base64");
        assert.equal(`sha512-${hash}`, locked.integrity, name);
      }
      return inside.map(({ name }) => name);
    };
    const emit = await namesIn("number-emit");
    for (const name of ["zod", "pino", "express"]) assert.ok(emit.includes(name), name);
    assert.ok(!emit.includes("@kubernetes/client-node"));
    assert.ok((await namesIn("resource-patch")).includes("@kubernetes/client-node"));
    for (const step of await readdir(images)) await namesIn(step);
  });

  it("builds the same bytes again, but for the compile cache and the one function that has changed", async () => {
    const changed = join(folder, "changed");
    await build(changed, async (source) => {
      const entry = join(source, "functions/number-emit/index.ts");
      await writeFile(entry, `${await readFile(entry, "utf8")}\nprocess.title = "changed";\n`);
    });
    const differing: string[] = [];
    let compared = 0;
    for await (const path of glob("**", { cwd: changed })) {
      if (!(await stat(join(changed, path))).isFile()) continue;
      const [one, other] = await Promise.all(
        [changed, images].map((each) => readFile(join(each, path))),
      );
      if (!one?.equals(other as Buffer)) differing.push(path);
      compared += 1;
    }
    assert.deepEqual(differing, ["number-emit/lib/number-emit.cjs"]);
    assert.ok(compared > 50);
  });

  it("makes of the verification an image without the functions, of at most 8 MB over its base", async () => {
    const verify = join(folder, "verify-image");
    await build(verify, undefined, ["--program", "knative/cluster/verify"]);
    assert.deepEqual(await readdir(verify), ["verify"]);
    let bytes = 0;
    for await (const path of glob("**", { cwd: verify })) {
      const found = await stat(join(verify, path));
      if (found.isFile()) bytes += found.size;
    }
    assert.ok(bytes < MAX_IMAGE_BYTES, `${bytes} bytes`);
    const names = await readdir(join(verify, "verify"));
    assert.deepEqual(names.toSorted(), ["lib", "main.cjs", "sbom.spdx.json"]);
  });

  it("is strict, as the modules are that it is made of", async () => {
    for (const step of await readdir(images)) {
      const bundle = await readFile(join(images, step, "lib", `${step}.cjs`), "utf8");
      assert.match(bundle, /^"use strict";/, step);
    }
  });

  it("has no source map and no path of the builder in a bundle", async () => {
    for await (const path of glob("*/lib/*.cjs", { cwd: images })) {
      const bundle = await readFile(join(images, path), "utf8");
      assert.doesNotMatch(bundle, /sourceMappingURL/);
      assert.ok(!bundle.includes(folder), path);
    }
  });

  it("starts every function as the image's user, from its cache, with nothing to write to", async () => {
    const kubeconfig = join(folder, "kubeconfig");
    await writeFile(kubeconfig, KUBECONFIG, { mode: 0o644 });
    for (const step of await readdir(images)) {
      const child = spawn(
        process.execPath,
        ["--profile-deserialization", join(images, step, "main.cjs")],
        {
          ...asSomebodyElse,
          cwd: "/",
          env: {
            PORT: "0",
            NODE_ENV: "production",
            NODE_DEBUG_NATIVE: "COMPILE_CACHE",
            K_SINK: "http://127.0.0.1:9",
            KUBECONFIG: kubeconfig,
          },
          stdio: ["ignore", "pipe", "pipe"],
        },
      );
      let out = "";
      let debug = "";
      child.stderr.setEncoding("utf8").on("data", (chunk: string) => (debug += chunk));
      const closed = once(child, "close");
      const listening = new Promise<string | undefined>((done) => {
        child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
          out += chunk;
          const port = /"port":(\d+)/.exec(out)?.[1];
          if (port !== undefined) done(port);
        });
        void closed.then(() => done(undefined));
      });
      const port = await listening;
      assert.ok(port, `${step} starts: ${out}${debug.replaceAll(/^\[compile.*\n/gm, "")}`);
      const answer = await fetch(`http://127.0.0.1:${port}/healthz`);
      assert.equal(answer.status, 200, step);
      child.kill("SIGTERM");
      assert.deepEqual(await closed, [0, null], step);
      const code = `${step}-${process.version}-${process.arch}.code`;
      const { size } = await stat(join(images, step, ".cache", code));
      assert.ok(out.includes(`[Deserializing from ${size} bytes took`), out);
      assert.doesNotMatch(out, /Cached code failed/);
      assert.doesNotMatch(debug, /rejected/);
    }
  });
});
