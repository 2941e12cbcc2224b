import { spawnSync } from "node:child_process";
import { localTag } from "./local-tag.ts";

/**
 * Skaffold's hook after a build: loads the image into every node of the Minikube profile, because
 * `minikube docker-env` refuses a cluster of several nodes. Does nothing for an image that is pushed.
 * SKAFFOLD_IMAGE and SKAFFOLD_PUSH_IMAGE are skaffold's; MINIKUBE_PROFILE is `vigie` unless set.
 */
const { SKAFFOLD_IMAGE: image, SKAFFOLD_PUSH_IMAGE: pushed } = process.env;
const profile = process.env["MINIKUBE_PROFILE"] ?? "vigie";
if (image === undefined) throw new Error("SKAFFOLD_IMAGE is not set: this is skaffold's hook");
if (pushed !== "true") {
  const id = run("docker", "image", "inspect", "--format", "{{.Id}}", image).trim();
  const tag = localTag(image, id);
  run("docker", "tag", id, tag);
  run("minikube", "image", "load", "--profile", profile, tag);
}

function run(program: string, ...args: string[]): string {
  const { status, stdout, error } = spawnSync(program, args, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (error !== undefined) throw new Error(`${program} cannot be started`, { cause: error });
  if (status !== 0) throw new Error(`${program} ${args.join(" ")} ended with ${status}`);
  return stdout;
}
