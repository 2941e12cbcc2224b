import { accessSync, constants, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { fullLogin } from "./full-login.ts";
import { inClusterLogin } from "./in-cluster.ts";
import { plainLogin } from "./kubeconfig.ts";
import type { Login } from "./login.ts";

/**
 * Finds the way to the cluster: KUBECONFIG, else the service account of the pod we are in, else
 * the kubeconfig in the home. What can be seen at once is; a kubeconfig in YAML, or one that needs
 * more than a token or certificate, takes a parser or client-node, which load with the promise.
 * @throws Error in one line when there is none, or it cannot be read.
 */
export function findLogin(
  env: NodeJS.ProcessEnv,
  serviceAccountFolder: string,
): Login | Promise<Login> {
  const named = (env["KUBECONFIG"] ?? "").split(delimiter).filter((file) => file !== "");
  const [file] = named;
  if (named.length > 1) return fullLogin();
  if (file !== undefined) return fromFile(file);
  const host = env["KUBERNETES_SERVICE_HOST"];
  if (host) {
    const port = env["KUBERNETES_SERVICE_PORT"] || "443";
    try {
      return inClusterLogin(host, port, serviceAccountFolder);
    } catch (error) {
      throw new Error(`no service account: ${messageOf(error)}`, { cause: error });
    }
  }
  const usual = join(env["HOME"] || homedir(), ".kube", "config");
  try {
    accessSync(usual, constants.R_OK);
  } catch (error) {
    const places = `KUBECONFIG is not set, this is no pod, and ${usual} cannot be read`;
    throw new Error(`no Kubernetes cluster: ${places}`, { cause: error });
  }
  return fromFile(usual);
}

function fromFile(file: string): Login | Promise<Login> {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new Error(`no kubeconfig: ${messageOf(error)}`, { cause: error });
  }
  let config: unknown;
  try {
    config = JSON.parse(text);
  } catch {
    return fromYaml(text, file);
  }
  return named(file, () => plainLogin(config, file)) ?? fullLogin(file);
}

async function fromYaml(text: string, file: string): Promise<Login> {
  const { parse } = await import("yaml");
  return named(file, () => plainLogin(parse(text), file)) ?? fullLogin(file);
}

function named<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new Error(`${file}: ${messageOf(error)}`, { cause: error });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
