import { spawnSync } from "node:child_process";
import { localTag } from "./local-tag.ts";

/**
 * Skaffold's hook after a build: loads the image into every node of the Minikube profile, because
 * `minikube docker-env` refuses a cluster of several nodes. Does nothing for an image that is pushed,
 * nor for one that is there: of seven images a change mostly makes one anew. SKAFFOLD_IMAGE and
 * SKAFFOLD_PUSH_IMAGE are skaffold's; VIGIE_MINIKUBE, where minikube is, is from `skaffold.ts`;
 * MINIKUBE_PROFILE is `vigie` unless set.
 */
const { SKAFFOLD_IMAGE: image, SKAFFOLD_PUSH_IMAGE: pushed } = process.env;
const minikube = process.env["VIGIE_MINIKUBE"] ?? "minikube";
const profile = process.env["MINIKUBE_PROFILE"] ?? "vigie";
if (image === undefined) throw new Error("SKAFFOLD_IMAGE is not set: this is skaffold's hook");
if (pushed !== "true") {
  const id = run("docker", "image", "inspect", "--format", "{{.Id}}", image).trim();
  const tag = localTag(image, id);
  const there = run(minikube, "image", "ls", "--profile", profile);
  // The name holds the id: what is there by it is the same.
  if (there.split("\n").includes(tag)) process.stdout.write(`${tag} is on the nodes\n`);
  else load(tag, id);
}

function load(tag: string, id: string): void {
  run("docker", "tag", id, tag);
  try {
    run(minikube, "image", "load", "--profile", profile, tag);
  } catch (error) {
    // On some nodes it may be: listed, it would not be loaded again.
    spawnSync(minikube, ["image", "rm", "--profile", profile, tag], { stdio: "ignore" });
    throw error;
  }
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
