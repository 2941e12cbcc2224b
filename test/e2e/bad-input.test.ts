import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { webhook } from "./alertmanager.ts";
import { type Answer, postEvent, send } from "./http.ts";
import { base, type Runtime, startRuntime, waitFor } from "./runtime.ts";

const HOSTILE = ["x; rm -rf /", "../../secrets/token", "a\u0000b", "__proto__", "x".repeat(300)];

describe("bad input", function () {
  this.timeout(60_000);
  let vigie: Runtime;
  before(async () => {
    vigie = await startRuntime("--no-clock");
  });
  after(() => vigie?.stop());

  const alerts = (body: string) => {
    const { url, host } = vigie.door("alert-source", "/alerts");
    const headers = { "content-type": "application/json" };
    return send(url, { method: "POST", host, headers, body });
  };
  const assertClear = (answer: Answer, status: number | readonly number[]) => {
    const allowed = typeof status === "number" ? [status] : status;
    assert.ok(allowed.includes(answer.status), `${answer.status} ${answer.body}`);
    const { code, message } = JSON.parse(answer.body) as { code: string; message: string };
    assert.match(code, /^[A-Z][A-Z0-9_]+$/);
    assert.ok(message.length > 0);
  };
  /** The delivery that ended in the dead letters, with its reason. */
  const deadLetter = async (eventId: string) => {
    const isOurs = (line: Record<string, unknown>) =>
      line["kind"] === "delivery" &&
      line["eventId"] === eventId &&
      line["outcome"] === "dead-lettered";
    await waitFor(`dead letter ${eventId}`, () => vigie.lines.some(isOurs));
    await waitFor(`dead letter ${eventId} in the list`, async () => {
      const list = await send(vigie.broker.replace("/vigie/default", "/dead-letters"));
      return list.body.includes(eventId);
    });
  };

  it("is refused by the broker when it is not JSON in structured mode", async () => {
    const headers = { "content-type": "application/cloudevents+json" };
    assertClear(await send(vigie.broker, { method: "POST", headers, body: "{no" }), 400);
  });

  it("is refused by the broker when it is no CloudEvent", async () => {
    const headers = { "content-type": "application/json" };
    assertClear(await send(vigie.broker, { method: "POST", headers, body: '{"a":1}' }), 400);
  });

  it("is refused by the broker when it has 2 MB", async () => {
    const data = "x".repeat(2_000_000);
    const answer = await postEvent(vigie.broker, { id: randomUUID(), type: "big" }, data);
    assertClear(answer, 413);
  });

  it("is taken when nobody wants the type, and the terminal says so", async () => {
    const id = randomUUID();
    const answer = await postEvent(vigie.broker, { id, type: "nobody.wants" }, {});
    assert.equal(answer.status, 202);
    await waitFor("the line", () =>
      vigie.lines.some(({ kind, eventId }) => kind === "unmatched" && eventId === id),
    );
  });

  it("is refused by a function that does not know the type", async () => {
    const { url, host } = vigie.door("console", "/");
    const headers = { "content-type": "application/json" };
    assertClear(await send(url, { method: "POST", host, headers, body: "{}" }), [400, 415, 422]);
  });

  it("ends in the dead letters when data fails its schema", async () => {
    const id = randomUUID();
    const type = "dev.vigie.number.emitted.v1";
    const answer = await postEvent(vigie.broker, { id, type }, { value: "many", sequence: 1 });
    assert.equal(answer.status, 202);
    await deadLetter(id);
  });

  it("is refused by alert-source when it is not JSON, or no webhook", async () => {
    assertClear(await alerts("{no"), 400);
    assertClear(await alerts('{"version":"3"}'), [400, 422]);
  });

  for (const pod of HOSTILE) {
    it(`ends in the dead letters when the pod is called ${JSON.stringify(pod).slice(0, 40)}`, async () => {
      const startsAt = new Date().toISOString();
      const seen = vigie.lines.length;
      const body = webhook({ status: "firing", namespace: "shop", pod, percent: 92, startsAt });
      assert.equal(Math.floor((await alerts(JSON.stringify(body))).status / 100), 2);
      await waitFor("the dead letter", () =>
        vigie.lines.slice(seen).some((line) => line["outcome"] === "dead-lettered"),
      );
    });
  }

  it("shows an alert without a pod, and one about a pod that does not exist", async () => {
    const startsAt = new Date().toISOString();
    for (const pod of [undefined, "nobody-here"]) {
      const seen = vigie.lines.length;
      const body = webhook({
        status: "firing",
        namespace: "shop",
        ...(pod === undefined ? {} : { pod }),
        percent: 92,
        startsAt,
      });
      assert.equal(Math.floor((await alerts(JSON.stringify(body))).status / 100), 2);
      await waitFor("the dead letter", () =>
        vigie.lines.slice(seen).some((line) => line["outcome"] === "dead-lettered"),
      );
    }
  });

  it("leaves everything running", async () => {
    const id = randomUUID();
    const ping = { id, type: "dev.knative.sources.ping", time: new Date().toISOString() };
    const source = "/apis/v1/namespaces/vigie/pingsources/number-clock";
    assert.equal((await postEvent(vigie.broker, { ...ping, source }, {})).status, 202);
    await waitFor("a number on machine-1", () =>
      vigie.lines.some(
        (line) => line["trigger"] === "machine-1" && line["outcome"] !== "dead-lettered",
      ),
    );
  });
});

describe("a policy with three faults", function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), "vigie-policy-"));
  let vigie: Runtime;

  before(async () => {
    cpSync(base, folder, { recursive: true });
    const file = join(folder, "policy.yaml");
    const policy = readFileSync(file, "utf8")
      .replace("highPercent: 66", "highPercent: 20")
      .replace("preset: load\n", "preset: loud\n")
      .replace("defaultSlaClass: silver", "defaultSlaClass: tin");
    writeFileSync(file, policy);
    vigie = await startRuntime("--text", "-f", folder, "--no-clock");
  });
  after(async () => {
    await vigie?.stop();
    rmSync(folder, { recursive: true });
  });

  it("is shown whole when a function that needs it starts, and the others run", async () => {
    const { url, host } = vigie.door("alert-source", "/alerts");
    const headers = { "content-type": "application/json" };
    const startsAt = new Date().toISOString();
    const alert = webhook({ status: "firing", namespace: "shop", pod: "p", percent: 92, startsAt });
    const answer = await send(url, { method: "POST", host, headers, body: JSON.stringify(alert) });
    assert.equal(answer.status, 200);
    for (const fault of [
      "bands.highPercent: must be above moderatePercent",
      'preset: Invalid option: expected one of "load"|"status"|"r-s"',
      'defaultSlaClass: Invalid option: expected one of "gold"|"silver"|"bronze"',
      "alert-handle crashed: exited with 1",
      "retrying in",
    ]) {
      await waitFor(fault, () => vigie.terminal().includes(fault));
    }
  });
});
