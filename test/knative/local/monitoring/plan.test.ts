import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { planMonitoring } from "../../../../knative/local/monitoring/plan.ts";

const files = resolve(import.meta.dirname, "../../../../prometheus");
const services = new Set(["vigie/alert-source"]);

describe("planMonitoring", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "vigie-programs-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const install = (name: string) => {
    writeFileSync(join(folder, name), "#!/bin/sh\n");
    chmodSync(join(folder, name), 0o755);
    return join(folder, name);
  };

  it("finds the programs by the names that distributions give them", () => {
    const prometheus = install("prometheus");
    const upstream = install("alertmanager");
    const plan = () => planMonitoring("on", files, services, `/nowhere:${folder}`);
    assert.deepEqual(plan(), { programs: { prometheus, alertmanager: upstream }, note: null });
    const debian = install("prometheus-alertmanager");
    assert.deepEqual(plan(), { programs: { prometheus, alertmanager: debian }, note: null });
  });

  it("says in one line which program is missing: on fails, auto goes on without", () => {
    install("prometheus");
    const line =
      /^--prometheus on: not on the PATH: prometheus-alertmanager .*apt-get install[^\n]*$/;
    assert.throws(() => planMonitoring("on", files, services, folder), { message: line });
    const plan = planMonitoring("auto", files, services, folder);
    assert.equal(plan.programs, null);
    assert.match(plan.note ?? "", /no Prometheus: not on the PATH/);
  });

  it("asks for the service that the alerts go to", () => {
    install("prometheus");
    install("alertmanager");
    assert.throws(() => planMonitoring("on", files, new Set(), folder), {
      message: /the manifests have no service vigie\/alert-source/,
    });
  });

  it("looks for nothing when it is off", () => {
    assert.deepEqual(planMonitoring("off", "/nowhere", new Set(), ""), {
      programs: null,
      note: null,
    });
  });
});
