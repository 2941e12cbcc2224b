import { readOptions } from "../../shared/command-options.ts";
import { kubectlJson, output } from "./kubectl.ts";
import { added, record } from "./record.ts";
import { type Step, STEPS } from "./steps.ts";
import { VERSIONS } from "./versions.ts";

/**
 * `npm run cluster:up` adds to kubectl's cluster what the minikube overlay needs and is not there;
 * `npm run cluster:down` takes away what cluster:up has added, and nothing that was there before.
 * Both say each step first, can be run again after any failure, and take `--only ID,…`. What is
 * deployed is skaffold's to take away (`skaffold delete`), the cluster itself yours.
 */
const { values, positionals } = readOptions("npm run cluster:up | cluster:down [-- options]", {
  options: { only: { type: "string" } },
  allowPositionals: true,
});

async function up(steps: readonly Step[]): Promise<void> {
  for (const step of steps) {
    const begun = await added();
    // A step that failed half way is there in part, and is done again.
    if (begun.get(step.id) !== "adding" && (await step.isThere())) {
      process.stdout.write(`there: ${step.what}\n`);
      continue;
    }
    process.stdout.write(`add: ${step.what}\n`);
    // Before it is done: what fails half way is taken away too.
    record(begun.set(step.id, "adding"));
    await step.add();
    record(begun.set(step.id, "added"));
  }
}

async function down(steps: readonly Step[]): Promise<void> {
  for (const step of steps.toReversed()) {
    const begun = await added();
    if (!begun.delete(step.id)) continue;
    process.stdout.write(`remove: ${step.what}\n`);
    await step.remove();
    record(begun);
  }
}

async function change(): Promise<string | null> {
  const only = values.only?.split(",");
  const unknown = only?.find((id) => !STEPS.some((step) => step.id === id));
  if (unknown !== undefined) {
    return `there is no step ${unknown}; there are ${STEPS.map(({ id }) => id).join(", ")}`;
  }
  const steps = STEPS.filter(({ id }) => only?.includes(id) ?? true);
  const version = await kubectlJson<{ serverVersion?: object }>("version", "-o", "json");
  if (version?.serverVersion === undefined) {
    return `kubectl reaches no cluster; to get one:\n  minikube start --profile vigie --nodes 3 --cpus 2 --memory 4g --cni calico --kubernetes-version ${VERSIONS.kubernetes}`;
  }
  const [direction] = positionals;
  if (direction !== "up" && direction !== "down") return "say up or down";
  const context = (await output("kubectl", "config", "current-context"))?.trim() ?? "none";
  process.stdout.write(`context: ${context}\n`);
  await (direction === "up" ? up(steps) : down(steps)).catch((error: Error) => {
    throw new Error(`${error.message}; run it again when that is mended`, { cause: error });
  });
  return null;
}

const fault = await change().catch((error: Error) => error.message);
if (fault !== null) process.stderr.write(`${fault}\n`);
process.exitCode = fault === null ? 0 : 1;
