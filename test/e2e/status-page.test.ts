import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { postEvent, send } from "./http.ts";
import { isInstalled, type Runtime, startRuntime, waitFor } from "./runtime.ts";

type Counts = Record<"delivered" | "replied" | "deadLettered", number>;
type Status = { brokers: { triggers: { name: string; counts: Counts }[] }[] };

describe("the pages of the broker and of the console, in a real browser", () => {
  let vigie: Runtime;
  before(async function () {
    this.timeout(30_000);
    if (!isInstalled("chromium")) this.skip();
    vigie = await startRuntime("--no-clock");
  });
  after(async () => {
    await (vigie as Runtime | undefined)?.stop();
  });

  const show = (url: string, ...more: string[]) =>
    execFileSync(
      "chromium",
      ["--headless", "--no-sandbox", "--disable-gpu", ...more, "--dump-dom", url],
      { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"], timeout: 60_000 },
    );
  /** The page as it is once it has asked what there is. */
  const showBroker = () =>
    show(`http://127.0.0.1:${vigie.brokerPort}/`, "--virtual-time-budget=3000");

  it("shows triggers with their filters, and functions with their state", function () {
    this.timeout(60_000);
    const page = showBroker();
    assert.match(page, /data-state="live"/);
    assert.match(page, /<body class="">/);
    assert.match(page, /Broker vigie\/default/);
    assert.match(page, /type is dev\.vigie\.load\.classified\.v1</);
    assert.match(page, />at zero</);
  });

  it("counts as delivered what was answered with an event, and says who refused another", async function () {
    this.timeout(60_000);
    const type = "dev.vigie.number.emitted.v1";
    const post = async (id: string, data: object) =>
      assert.equal((await postEvent(vigie.broker, { id, type }, data)).status, 202);
    await post("good", { value: 42, sequence: 1 });
    await post("broken", { value: "many", sequence: 2 });
    // Each machine answers the number, takes both answers, and refuses the other one.
    await waitFor("all four at both machines", async () => {
      const { body } = await send(`http://127.0.0.1:${vigie.brokerPort}/`);
      const [broker] = (JSON.parse(body) as Status).brokers;
      const machines = broker?.triggers.filter(({ name }) => name.startsWith("machine-")) ?? [];
      return machines.every(({ counts: { delivered, replied, deadLettered } }) => {
        return delivered + replied + deadLettered === 4;
      });
    });
    const { url, host } = vigie.door("console", "/dead-letters");
    await waitFor("both dead letters kept", async () => {
      const { body } = await send(url, { host });
      return (JSON.parse(body) as { entries: object[] }).entries.length === 2;
    });
    const row = /<td[^>]*>machine-1<\/td>.*?<\/tr>/s.exec(showBroker())?.[0] ?? "";
    const counts = [...row.matchAll(/title="(\w+)"[^>]*>(\d+)</g)].map(([, ...found]) => found);
    const { matched, delivered, replied, dead } = Object.fromEntries(counts);
    assert.deepEqual([matched, delivered, replied, dead], ["4", "3", "1", "1"]);
    const page = show(`http://console.vigie.localhost:${vigie.gatewayPort}/`);
    assert.match(page, /<body class="">/);
    for (const machine of ["machine-1", "machine-2"]) {
      assert.match(page, new RegExp(`>dev\\.vigie\\.number\\.emitted\\.v1 · to ${machine}<`));
    }
  });
});
