import { findLogin } from "../../shared/kube/find-login.ts";
import type { Arguments } from "./arguments.ts";
import { readScenario, type Scenario } from "./cluster/scenario.ts";
import { type Checked, checkManifests } from "./lint/lint.ts";
import { ManifestError } from "./manifests/fault.ts";
import { StartError } from "./start-error.ts";

/** `visited` gets each file and folder that was read. @throws StartError with every fault. */
export async function readManifests(
  { manifests, broker }: Arguments,
  visited: Set<string>,
): Promise<Checked> {
  try {
    return await checkManifests(manifests, broker, visited);
  } catch (error) {
    throw error instanceof ManifestError ? toStartError(error) : error;
  }
}

export function toStartError(error: ManifestError): StartError {
  const lines = error.faults.map(({ file, line, message }) => `${file}:${line}: ${message}`);
  return new StartError(lines, { cause: error });
}

/** A function would say it too, but only once an event has come. @throws StartError */
export async function assertKubeconfig(file: string): Promise<void> {
  try {
    await findLogin({ KUBECONFIG: file }, "");
  } catch (error) {
    const message = (error as Error).message.split("\n", 1)[0] ?? "";
    throw new StartError([`--kubeconfig ${message}`], { cause: error });
  }
}

/** @throws StartError in a line. */
export function readScenarioFile(file: string): Scenario {
  try {
    return readScenario(file);
  } catch (error) {
    throw new StartError([`--scenario ${file}: ${(error as Error).message}`], { cause: error });
  }
}
