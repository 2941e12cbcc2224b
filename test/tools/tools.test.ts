import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { decide } from "../../functions/resource-patch/decide.ts";
import { toDecided } from "../../functions/resource-patch/to-decided.ts";
import type { DecisionRecord } from "../../shared/events/decided.ts";
import { DEFAULT_POLICY } from "../../shared/policy-default.ts";
import { rulesFor } from "../../shared/policy-rules.ts";
import { situation, surroundings, usage } from "../functions/resource-patch/situations.ts";
import { type RunningFunction, runFunction } from "../functions/run-function.ts";
import { runTool } from "./run-tool.ts";

const shipped = resolve(import.meta.dirname, "../../knative/base/policy.yaml");

/** As this version decides by the shipped policy. */
const record = (digit = "a", percent = 92): DecisionRecord =>
  decide(
    {
      ...situation({ load: { percent }, rest: { surroundings: surroundings(), usage: usage() } }),
      decisionId: digit.repeat(32),
    },
    rulesFor(DEFAULT_POLICY, "silver"),
  );

describe("npm run", function () {
  // Real processes, on a machine that may be busy.
  this.timeout(30_000);
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "vigie-tools-"))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const changed = (name: string, ...changes: [string | RegExp, string][]): string => {
    let text = readFileSync(shipped, "utf8");
    for (const [from, to] of changes) text = text.replace(from, to);
    return write(name, text);
  };

  for (const name of ["explain", "replay", "policy-check", "policy-diff"]) {
    it(`${name} lists its options for --help, and says in one line which one it has not`, async () => {
      const help = await runTool(name, "--help");
      assert.equal(help.code, 0);
      assert.match(help.stdout, /^npm run .*\n(.*\n)*.*--help\n$/);
      const wrong = await runTool(name, "--halp");
      assert.deepEqual(
        [wrong.code, wrong.stderr],
        [2, "Unknown option '--halp'; --help lists the options\n"],
      );
    });
  }

  describe("policy:check", () => {
    it("says ok of the ConfigMap in knative/base, with a row for each class", async () => {
      const { code, stdout } = await runTool("policy-check", shipped);
      assert.equal(code, 0);
      assert.match(stdout, /policy\.yaml: ok\nstrategy usage/);
      for (const name of ["gold", "silver", "bronze"]) {
        assert.match(stdout, new RegExp(`^${name} +auto +resize,scale-out,grow-volume +`, "m"));
      }
    });

    it("takes the bare text of a policy, too", async () => {
      const file = write("policy.json", JSON.stringify({ ...DEFAULT_POLICY, paused: true }));
      const { code, stdout } = await runTool("policy-check", file);
      assert.equal(code, 0);
      assert.match(stdout, /strategy usage, PAUSED/);
    });

    it("names every fault with its path, and exits 1", async () => {
      const bad = changed(
        "bad.yaml",
        ["highPercent: 66", "highPercent: 20"],
        ["strategy: usage", "strategy: magic"],
        ["mode: auto\n", "mode: maybe\n"],
        ["changesPerHour: 600", "changesPerHour: many"],
      );
      const { code, stdout, stderr } = await runTool("policy-check", bad);
      assert.deepEqual([code, stdout], [1, ""]);
      for (const fault of [
        "bands.highPercent: must be above moderatePercent",
        "strategy: must be usage, cluster-zone, vpa or recommend-only",
        'classes.gold.mode: Invalid option: expected one of "recommend"|"approve"|"auto"',
        "changesPerHour: Invalid input: expected number, received string",
      ]) {
        assert.ok(stderr.includes(fault), `${fault} in\n${stderr}`);
      }
    });

    for (const [what, text] of [
      ["a text that is no YAML", "a: [\n"],
      ["a ConfigMap without one", "kind: ConfigMap\ndata: {}\n"],
    ] as const) {
      it(`refuses ${what}`, async () => {
        const { code, stderr } = await runTool("policy-check", write("no.yaml", text));
        assert.equal(code, 1);
        assert.match(stderr, /^policy:check: .*no\.yaml: invalid policy/);
      });
    }

    it("wants one file that is there", async () => {
      assert.match((await runTool("policy-check")).stderr, /give one file/);
      assert.match((await runTool("policy-check", "/nowhere.yaml")).stderr, /ENOENT/);
    });
  });

  describe("policy:diff", () => {
    it("lists the fields that differ, and which stored decisions would differ", async () => {
      const file = changed(
        "new.yaml",
        [/(silver:\n *)mode: auto/, "$1mode: recommend"],
        ["hysteresisPercent: 3", "hysteresisPercent: 4"],
      );
      const records = write(
        "records.ndjson",
        `${JSON.stringify(record())}\n${JSON.stringify(record("b", 10))}\n`,
      );
      const { code, stdout } = await runTool("policy-diff", shipped, file, "--records", records);
      assert.equal(code, 0);
      assert.match(stdout, /^2 fields differ$/m);
      assert.match(stdout, /classes\.silver\.mode: "auto" → "recommend"/);
      assert.match(stdout, /^1 of 2 decisions would differ$/m);
      assert.match(stdout, /shop\/app +silver +act: app limit 500m→\d+m.* recommend: app limit/);
      assert.match(stdout, /^note: .*bands\.hysteresisPercent: that is not replayed$/m);
    });

    it("sees that a namespace is protected now, and that nothing differs", async () => {
      const file = changed("new.yaml", ["- kube-*", "- kube-*\n      - shop"]);
      const records = write("one.json", JSON.stringify(record()));
      const { stdout } = await runTool("policy-diff", shipped, file, "--records", records);
      assert.match(stdout, /keep +namespace shop is protected by policy/);
      const same = await runTool("policy-diff", shipped, shipped, "--records", folder);
      assert.match(same.stdout, /no field differs\n\n0 of 1 decision would differ/);
    });

    it("exits 1 without two policies, or without records where it is told to look", async () => {
      assert.equal((await runTool("policy-diff", shipped)).code, 1);
      const none = await runTool("policy-diff", shipped, shipped, "--records", folder);
      assert.deepEqual([none.code, /holds no decision/.test(none.stderr)], [1, true]);
    });
  });

  describe("replay", () => {
    it("finds a stored decision the same, byte for byte, however it was wrapped", async () => {
      const one = record();
      const entry = { kind: "decision", cutBytes: 0, data: JSON.stringify(one) };
      const wrapped = [
        one,
        toDecided(one),
        { decision: one, settlement: null },
        { entries: [entry] },
        [one],
      ];
      wrapped.forEach((stored, index) => write(`${index}.json`, JSON.stringify(stored)));
      const { code, stdout } = await runTool("replay", folder);
      assert.equal(code, 0, stdout);
      assert.equal(stdout.match(/^a{32} {3}the same {3}cpu at 92 %/gm)?.length, wrapped.length);
    });

    it("shows where one differs, and exits 1", async () => {
      const one = record();
      const [keep, ...others] = one.alternatives;
      assert.ok(keep);
      const forged = {
        ...one,
        alternatives: [{ ...keep, closeness: 1 }, ...others],
        reason: "because",
      };
      const { code, stdout } = await runTool(
        "replay",
        write("forged.json", JSON.stringify(forged)),
      );
      assert.equal(code, 1);
      assert.match(stdout, /^a{32} {3}DIFFERS/);
      assert.match(stdout, /reason: "because" → "cpu at 92 %/);
    });

    it("names what is no decision of this version, with the path of each fault", async () => {
      const { policy: _, ...bad } = record();
      const { code, stderr } = await runTool("replay", write("bad.json", JSON.stringify(bad)));
      assert.equal(code, 1);
      assert.match(stderr, /no decision of this version\n {2}policy: /);
    });
  });

  describe("explain", () => {
    let console: RunningFunction;
    beforeEach(async () => {
      console = await runFunction("console");
      for (const one of [record("a"), record("b", 10)]) {
        const { type, id, data } = toDecided(one);
        await console.post({ type, id, data });
      }
    });
    afterEach(() => console.stop("SIGKILL"));
    const explain = (...args: string[]) => runTool("explain", ...args, "--console", console.url);

    it("tells the newest decision about a workload: what, why, and all that was weighed", async () => {
      const { code, stdout } = await explain("shop/deployment/app", "--last", "2");
      assert.equal(code, 0);
      assert.match(stdout, /^Decision: +b{32}$/m);
      assert.match(stdout, /^Workload: +shop\/Deployment\/app \(class silver\)$/m);
      assert.match(stdout, /^Chosen: +keep$/m);
      assert.match(stdout, /^Chosen: +resize, act$/m);
      assert.match(stdout, /^Why: +cpu at 92 %, silver aims for 55 %: app limit 500m→/m);
      assert.match(stdout, /^\* +resize +0\.\d{3} .* app limit 500m→/m);
      assert.match(stdout, /^patch-owner +ACTION_NOT_ALLOWED +patch-owner is not among/m);
      assert.equal(stdout.match(/^Decision:/gm)?.length, 2);
    });

    it("tells one by its id, which replay finds the same at the console's address", async () => {
      const { code, stdout } = await explain("a".repeat(32));
      assert.equal(code, 0);
      assert.match(stdout, /^Settled: +not yet, or no longer in the journal$/m);
      const { code: same, stdout: replayed } = await runTool("replay", console.url);
      assert.equal(same, 0);
      assert.equal(replayed.match(/the same/g)?.length, 2);
    });

    it("exits 1 when there is nothing, the name is none, or nobody answers", async () => {
      assert.match(
        (await explain("shop/pod/ghost")).stderr,
        /nothing was decided about shop\/pod\/ghost, .* ask for a review/,
      );
      assert.match(
        (await explain("ghost")).stderr,
        /: a workload is named <namespace>\/<kind>\/<name>/,
      );
      assert.match((await explain("a/b/c", "--last", "no")).stderr, /--last takes/);
      const none = await runTool("explain", "a/b/c", "--console", "http://127.0.0.1:9");
      assert.equal(none.code, 1);
    });
  });
});
