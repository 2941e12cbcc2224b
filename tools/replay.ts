import { decide } from "../functions/resource-patch/decide.ts";
import { readOptions } from "../shared/command-options.ts";
import { fail, print } from "./fail.ts";
import { describeFieldChange, fieldChanges } from "./field-changes.ts";
import { readRecords } from "./records.ts";

/**
 * `npm run replay -- FILE`: decides again what is stored (a file, a folder, a console's address), by
 * the rules in each record. The same to the byte, or exit 1 and where it differs.
 */
try {
  const usage = "npm run replay -- FILE|FOLDER|URL of a console";
  const [source, ...more] = readOptions(usage, { allowPositionals: true }).positionals;
  if (source === undefined || more.length > 0) throw new Error("give one file, folder or address");
  let differing = 0;
  for (const { from, record } of await readRecords(source)) {
    const again = decide(record.inputs, record.policy);
    const isSame = JSON.stringify(again) === JSON.stringify(record);
    print(`${record.id}   ${isSame ? "the same" : "DIFFERS"}   ${record.reason}`);
    if (isSame) continue;
    differing += 1;
    const changes = fieldChanges(record, again);
    // The same values in another order are other bytes, too.
    if (changes.length === 0) print(`  ${from}: the fields are in another order`);
    for (const change of changes) print(`  ${describeFieldChange(change)}`);
  }
  if (differing > 0) process.exitCode = 1;
} catch (error) {
  fail("replay", error);
}
