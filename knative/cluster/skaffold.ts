import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { findProgram } from "./find-program.ts";

/**
 * `npm run cluster:dev`, and by hand `node knative/cluster/skaffold.ts ARGS`: skaffold, with Minikube
 * out of its sight. For a context of Minikube's it wants `minikube docker-env`, which a cluster of
 * several nodes refuses, and stops; its option --detect-minikube=false is not asked there
 * (GoogleContainerTools/skaffold#9883). So it finds a `minikube` that fails, and takes Docker as it is;
 * its hook, which loads images into the nodes, has the real one's path in VIGIE_MINIKUBE. And Docker
 * attests no provenance: its time would make every image of the containerd store another at each build.
 */
const path = process.env["PATH"] ?? "";
const blind = mkdtempSync(join(tmpdir(), "vigie-skaffold-"));

async function skaffold(args: readonly string[]): Promise<number> {
  const minikube = findProgram("minikube", path);
  const failing = findProgram("false", path);
  if (minikube === null) throw new Error("there is no minikube: npm run cluster:check");
  if (failing === null) throw new Error("there is no program false");
  symlinkSync(failing, join(blind, "minikube"));
  const child = spawn("skaffold", args, {
    stdio: "inherit",
    env: {
      ...process.env,
      PATH: blind + delimiter + path,
      VIGIE_MINIKUBE: minikube,
      BUILDX_NO_DEFAULT_ATTESTATIONS: "1",
    },
  });
  // The terminal has told skaffold as well, which takes away what it has deployed: that is waited for.
  process.on("SIGINT", () => {});
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  const [code] = (await once(child, "close")) as [number | null];
  return code ?? 1;
}

try {
  process.exitCode = await skaffold(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
} finally {
  rmSync(blind, { recursive: true });
}
