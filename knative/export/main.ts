import { parseArgs } from "node:util";
import { createKubeClient } from "../../shared/kube/connect.ts";
import { toExport } from "./patch-files.ts";
import { readResized } from "./resized-pods.ts";
import { writeFolder } from "./write-folder.ts";

const HELP = `npm run export -- [options]     what vigie has decided, as patches for a Git repository

      --kubeconfig FILE   the cluster (default: KUBECONFIG, else ~/.kube/config)
  -n, --namespace NAME    of this one only (default: all)
      --out DIR           where to write (default vigie-sizes)
      --help              this

Writes a kustomize component for each namespace; docs/gitops.md says how to use it. Nothing in the
cluster is changed. Exit code: 0, or 1 when it cannot be read or written, or 2 for a wrong option.
`;

try {
  const { values } = parseArgs({
    options: {
      kubeconfig: { type: "string" },
      namespace: { type: "string", short: "n" },
      out: { type: "string", default: "vigie-sizes" },
      help: { type: "boolean" },
    },
  });
  if (values.help === true) process.stdout.write(HELP);
  else process.exitCode = await run(values);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}

async function run(options: {
  kubeconfig?: string;
  namespace?: string;
  out: string;
}): Promise<number> {
  const { kubeconfig, namespace = null, out } = options;
  try {
    const env = kubeconfig === undefined ? process.env : { KUBECONFIG: kubeconfig };
    const kube = createKubeClient({ env, timeoutMs: 30_000 });
    const resized = await readResized(kube, namespace);
    await kube.close();
    const { files, leftOut } = toExport(resized);
    writeFolder(out, files);
    for (const path of files.keys()) process.stdout.write(`${out}/${path}\n`);
    for (const { owner, reason } of leftOut) {
      const { kind, namespace: its, name } = owner;
      process.stdout.write(`left out: ${kind} ${its}/${name}: ${reason}\n`);
    }
    if (files.size === 0) process.stdout.write("no pod runs with a size that vigie has decided\n");
    return 0;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}
