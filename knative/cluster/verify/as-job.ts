import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "../run.ts";

/**
 * `npm run cluster:verify:job`: the same verification from inside. Builds the image, gives the cluster
 * the Job's account and the pod to alert about, has skaffold run the Job and show its lines, and takes
 * away what it has added. Exit code 0 or 1.
 */
const root = fileURLToPath(new URL("../../../", import.meta.url));
const overlay = resolve(root, "knative/overlays/minikube/verify");
/** The Job too: skaffold leaves it there, and makes none beside one of that name. */
function remove(): void {
  run("kubectl", ["delete", "--ignore-not-found", "-f", join(overlay, "job.yaml")]);
  run("kubectl", ["delete", "--ignore-not-found", "-k", overlay]);
}
const skaffold = (...args: string[]): void => {
  const profile = ["--filename", join(root, "skaffold.yaml"), "--profile", "verify"];
  run(process.execPath, [join(root, "knative/cluster/skaffold.ts"), ...args, ...profile]);
};

const folder = mkdtempSync(join(tmpdir(), "vigie-verify-"));
const built = join(folder, "build.json");
try {
  skaffold("build", "--cache-artifacts=false", "--file-output", built);
  // What an earlier one has left may have been resized: it would be cooling down.
  remove();
  run("kubectl", ["apply", "-k", overlay]);
  skaffold("verify", "--build-artifacts", built);
  remove();
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true });
}
