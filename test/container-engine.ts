import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What the Dockerfile's stages begin with. */
export type Bases = { builder: string; runtime: string };

/**
 * An engine that has shown that it can do here what our images ask of any engine, or why there is none:
 * a sentence for each that is installed.
 */
export type FoundEngine = { engine: string } | { missing: string };

/** What a pod of ours is held to, as far as an engine has a word for it. */
export const POD_LIMITS = [
  "--read-only",
  "--cap-drop=ALL",
  "--security-opt=no-new-privileges",
  "--network=none",
];

const INFO_TIMEOUT_MS = 20_000;
/** Two base images of together 130 MB may have to come first. */
const PROBE_TIMEOUT_MS = 120_000;

/**
 * Everything an image of ours needs that is not ours: both bases, a cache mount (in Docker: BuildKit),
 * a package registry that is reached from a step, and not npm's cache of it, a step as a user without
 * a shell.
 */
const PROBE = `
ARG BUILDER
ARG RUNTIME
FROM \${BUILDER} AS build
RUN --mount=type=cache,target=/cache ["npm", "view", "zod", "version", "--fetch-retries=0", "--fetch-timeout=20000"]
FROM \${RUNTIME}
USER 65532:65532
RUN ["/nodejs/bin/node", "--version"]
COPY --from=build /etc/os-release /probe
ENTRYPOINT ["/nodejs/bin/node"]
`;

/**
 * Docker, else Podman, where one can build and run: an engine without its daemon, its BuildKit, the
 * network, a base image or the right to start a process is no engine.
 * @throws Error when a registry has answered that it does not have a base image: then the name is wrong.
 */
export function findEngine(bases: Bases, limits: readonly string[]): FoundEngine {
  const missing: string[] = [];
  for (const program of ["docker", "podman"]) {
    const info = run(program, ["info"], INFO_TIMEOUT_MS);
    const why = info.ok ? cannotBuild(program, bases, limits) : info.why;
    if (why === null) return { engine: program };
    if (info.isInstalled) missing.push(`${program}: ${why}`);
  }
  return { missing: missing.length > 0 ? missing.join("; ") : "neither docker nor podman" };
}

function cannotBuild(program: string, bases: Bases, limits: readonly string[]): string | null {
  const folder = mkdtempSync(join(tmpdir(), "vigie-engine-"));
  const tag = `dev.local/vigie/probe:test-${process.pid}`;
  try {
    writeFileSync(join(folder, "Dockerfile"), PROBE);
    const args = [`BUILDER=${bases.builder}`, `RUNTIME=${bases.runtime}`];
    const given = args.flatMap((arg) => ["--build-arg", arg]);
    // Not from its cache: the registry may have been in reach the last time.
    const build = ["build", "--no-cache", ...given, "--tag", tag, folder];
    const built = run(program, build, PROBE_TIMEOUT_MS, PROBE_ENV);
    for (const base of Object.values(bases)) {
      if (!built.ok && saysNoSuchImage(built.text, base)) throw new Error(built.why);
    }
    if (!built.ok) return built.why;
    const started = run(program, ["run", "--rm", ...limits, tag, "--version"], INFO_TIMEOUT_MS);
    return started.ok ? null : started.why;
  } finally {
    run(program, ["rmi", "--force", tag], INFO_TIMEOUT_MS);
    rmSync(folder, { recursive: true });
  }
}

/**
 * A registry's own answer, in the words of BuildKit, Docker and Podman, which shortens the names of
 * Docker Hub; that it was not asked, or did not want to say, they say otherwise.
 */
export function saysNoSuchImage(text: string, image: string): boolean {
  const name = image.slice(image.lastIndexOf("/") + 1);
  return text
    .split("\n")
    .filter((line) => line.includes(name))
    .some((line) => line.includes("manifest unknown") || line.includes(`${name}: not found`));
}

type Ran = { ok: boolean; isInstalled: boolean; text: string; why: string };

function run(
  program: string,
  args: readonly string[],
  timeoutMs: number,
  env: NodeJS.ProcessEnv = engineEnv,
): Ran {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    encoding: "utf8",
    timeout: timeoutMs,
    maxBuffer: 64 * 1024 * 1024,
    env,
  });
  const text = `${stdout ?? ""}${stderr ?? ""}`;
  const isInstalled = (error as NodeJS.ErrnoException | undefined)?.code !== "ENOENT";
  const lines = (stderr ?? "").trimEnd().split("\n");
  const line = lines.findLast((one) => /^(error|failed)\b/i.test(one)) ?? lines.at(-1) ?? "";
  const why = error === undefined ? line : `${args[0]}: ${error.message}`;
  return { ok: status === 0, isInstalled, text, why };
}

/** A client of Docker before 23 builds without BuildKit unless it is told. */
export const engineEnv: NodeJS.ProcessEnv = { ...process.env, DOCKER_BUILDKIT: "1" };

/** Podman would keep each step of the probe as an image. */
const PROBE_ENV: NodeJS.ProcessEnv = { ...engineEnv, BUILDAH_LAYERS: "false" };
