import assert from "node:assert/strict";
import {
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  createPlaceWatcher,
  type PlaceWatcher,
} from "../../../../knative/local/live/watch-places.ts";
import { until } from "../broker/harness.ts";

describe("createPlaceWatcher", () => {
  let root: string;
  let folder: string;
  let file: string;
  let told: number;
  let watcher: PlaceWatcher;
  const longAgo = new Date(Date.now() - 60_000);
  const age = (...paths: string[]) => {
    for (const path of paths) utimesSync(path, longAgo, longAgo);
  };
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "vigie-watch-"));
    folder = join(root, "manifests");
    file = join(folder, "a.yaml");
    mkdirSync(folder);
    writeFileSync(file, "a");
    age(file, folder);
    told = 0;
    watcher = createPlaceWatcher(() => void told++);
  });
  afterEach(() => {
    watcher.close();
    rmSync(root, { recursive: true });
  });
  const places = () => new Set([folder, file]);

  it("tells of a file that is written, replaced, added and removed", async () => {
    assert.equal(watcher.watch(places(), Date.now()), true);
    const steps: [string, () => void][] = [
      ["written", () => writeFileSync(file, "b")],
      [
        "replaced",
        () => {
          writeFileSync(join(folder, ".a.yaml.swp"), "c");
          renameSync(join(folder, ".a.yaml.swp"), file);
        },
      ],
      ["added", () => writeFileSync(join(folder, "b.yml"), "d")],
      ["removed", () => rmSync(join(folder, "b.yml"))],
    ];
    for (const [index, [name, step]] of steps.entries()) {
      step();
      await until(name, () => told === index + 1);
    }
  });

  it("tells of a link that leads elsewhere, as in the volume of a ConfigMap", async () => {
    const volume = join(root, "volume");
    for (const name of ["..1", "..2"]) {
      mkdirSync(join(volume, name), { recursive: true });
      writeFileSync(join(volume, name, "a.yaml"), `of ${name}`);
    }
    symlinkSync("..1", join(volume, "..data"));
    symlinkSync(join("..data", "a.yaml"), join(volume, "a.yaml"));
    age(volume, join(volume, "a.yaml"), join(volume, "..2", "a.yaml"));
    assert.equal(watcher.watch(new Set([volume, join(volume, "a.yaml")]), Date.now()), true);
    symlinkSync("..2", join(volume, "..data_tmp"));
    renameSync(join(volume, "..data_tmp"), join(volume, "..data"));
    await until("the other file", () => told > 0);
  });

  it("tells of a folder that is a link, and leads to another one", async () => {
    const next = join(root, "next");
    mkdirSync(next);
    writeFileSync(join(next, "a.yaml"), "b");
    const current = join(root, "current");
    symlinkSync("manifests", current);
    watcher.watch(new Set([current, join(current, "a.yaml")]), Date.now());
    rmSync(current);
    symlinkSync("next", current);
    await until("the other folder", () => told > 0);
  });

  it("tells once of what comes together, and not of files that are no manifests", async () => {
    watcher.watch(places(), Date.now());
    writeFileSync(join(folder, "log.jsonl"), "1");
    for (let index = 0; index < 20; index++) writeFileSync(file, String(index));
    await until("a change", () => told > 0);
    assert.equal(told, 1);
  });

  it("watches a file alone through its folder", async () => {
    watcher.watch(new Set([file]), Date.now());
    rmSync(file);
    await until("the removal", () => told === 1);
    writeFileSync(file, "again");
    await until("the return", () => told === 2);
  });

  it("finds a folder again that was taken away and came back", async () => {
    watcher.watch(places(), Date.now());
    rmSync(folder, { recursive: true });
    await until("the removal", () => told > 0);
    watcher.watch(places(), Date.now());
    const before = told;
    mkdirSync(folder);
    await until("the return", () => told > before);
    writeFileSync(file, "b");
    age(file, folder);
    watcher.watch(places(), Date.now());
    const then = told;
    writeFileSync(file, "c");
    await until("an edit", () => told > then);
  });

  it("asks to read again what was written while it was read", async () => {
    const readSinceMs = Date.now();
    watcher.watch(places(), readSinceMs);
    writeFileSync(file, "b");
    assert.equal(watcher.watch(places(), readSinceMs), false);
    await until("a change", () => told === 1);
    const future = new Date(Date.now() + 3_600_000);
    utimesSync(file, future, future);
    assert.equal(watcher.watch(places(), readSinceMs), true);
  });
});
