import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { counted } from "../../../shared/counted.ts";
import { type Fault, ManifestError } from "../manifests/fault.ts";
import { checkManifests, type Checked, warningText } from "./lint.ts";

const HELP = `npm run lint:manifests [-- options]     what a cluster would refuse, and what it would do unseen

  -f, --filename PATH   manifests, as for npm run dev; repeatable (default knative/base)
      --broker MODE     stored (default) or sync, which has traps of its own
      --strict          warnings are errors
      --help            this

Exit code: 0 without errors, 1 with errors (with --strict: with warnings), 2 for a wrong option.
`;

type Options = { paths: string[]; mode: "sync" | "stored"; isStrict: boolean };

/** Null when help is asked for. Throws an Error with one line. */
function readOptions(): Options | null {
  const { values } = parseArgs({
    options: {
      filename: { type: "string", short: "f", multiple: true },
      broker: { type: "string" },
      strict: { type: "boolean" },
      help: { type: "boolean" },
    },
  });
  if (values.help === true) return null;
  const mode = values.broker ?? "stored";
  if (mode !== "sync" && mode !== "stored") throw new Error(`--broker ${mode}: sync or stored`);
  const base = relative(process.cwd(), join(import.meta.dirname, "../../base")) || ".";
  const paths = values.filename ?? [base];
  for (const path of paths) {
    if (!existsSync(path)) throw new Error(`-f ${path}: there is no such file or folder`);
  }
  return { paths, mode, isStrict: values.strict === true };
}

async function check({ paths, mode, isStrict }: Options): Promise<number> {
  const { located, left, faults, warnings } = await readAll(paths, mode);
  const kind = isStrict ? "error  " : "warning";
  const lines = [
    ...faults.map(({ file, line, message }) => `error   ${file}:${line}: ${message}`),
    ...warnings.map((warning) => `${kind} ${warningText(warning)}`),
    ...left,
    [
      counted(located.length, "object"),
      counted(faults.length, "error"),
      counted(warnings.length, "warning"),
    ].join(", "),
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
  return faults.length > 0 || (isStrict && warnings.length > 0) ? 1 : 0;
}

/** What can't be read has no objects, only faults. */
async function readAll(
  ...[paths, mode]: Parameters<typeof checkManifests>
): Promise<Omit<Checked, "wiring" | "faults"> & { faults: readonly Fault[] }> {
  try {
    return await checkManifests(paths, mode);
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error;
    return { located: [], left: [], faults: error.faults, warnings: [] };
  }
}

async function run(): Promise<void> {
  let options: Options | null;
  try {
    options = readOptions();
  } catch (error) {
    process.stderr.write(
      `${(error as Error).message.split("\n", 1)[0]}; --help lists the options\n`,
    );
    process.exitCode = 2;
    return;
  }
  if (options === null) process.stdout.write(HELP);
  else process.exitCode = await check(options);
}

await run();
