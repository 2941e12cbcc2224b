import { counted } from "../shared/counted.ts";
import { readOptions } from "../shared/command-options.ts";
import { fail, print } from "./fail.ts";
import { describeFieldChange, fieldChanges } from "./field-changes.ts";
import { readPolicyFile } from "./policy-file.ts";
import { readRecords } from "./records.ts";
import { describeAct, isReplayed, isSameAct, replayUnder } from "./replay-under.ts";
import { table } from "./table.ts";

const USAGE = "npm run policy:diff OLD NEW [-- --records FILE|FOLDER|URL of a console]";

/**
 * `npm run policy:diff OLD NEW [-- --records …]`: which fields differ, and which stored decisions
 * would differ. Exit 0 whatever it finds, 1 when something cannot be read.
 */
try {
  const { positionals, values } = readOptions(USAGE, {
    allowPositionals: true,
    options: { records: { type: "string" } },
  });
  const [oldFile, newFile, ...more] = positionals;
  if (oldFile === undefined || newFile === undefined || more.length > 0) throw new Error(USAGE);
  const [before, after] = await Promise.all([readPolicyFile(oldFile), readPolicyFile(newFile)]);
  const changes = fieldChanges(before, after);
  print(changes.length === 0 ? "no field differs" : `${changes.length} fields differ`);
  for (const change of changes) print(`  ${describeFieldChange(change)}`);

  if (values.records !== undefined) {
    const stored = await readRecords(values.records);
    const replayed = stored.map(({ record }) => {
      const [was, is] = [replayUnder(record, before), replayUnder(record, after)];
      return { record, was, is };
    });
    const others = replayed.filter(({ was, is }) => !isSameAct(was, is));
    print("", `${others.length} of ${counted(stored.length, "decision")} would differ`);
    if (others.length > 0) {
      const rows = others.map(({ record: { at, inputs }, was, is }) => [
        at,
        `${inputs.pod.namespace}/${inputs.pod.name}`,
        inputs.slaClass,
        describeAct(was),
        describeAct(is),
        is.reason,
      ]);
      print(...table([["AT", "POD", "CLASS", "OLD", "NEW", "WHY"], ...rows]));
    }
    const silent = changes.filter(({ path }) => !isReplayed(path)).map(({ path }) => path);
    if (silent.length > 0) {
      print(`note: records hold what followed from ${silent.join(", ")}: that is not replayed`);
    }
  }
} catch (error) {
  fail("policy:diff", error);
}
