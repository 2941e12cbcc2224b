import assert from "node:assert/strict";
import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { type ConfigMapApi, startConfigMapApi } from "../config-map-api.ts";
import { type RunningFunction, runFunction } from "../run-function.ts";

type Numbers = {
  machine: string;
  isDurable: boolean;
  numbers: { value: number; latencyMs: number | null; acknowledgements: { machine: string }[] }[];
};

const numbersOf = async ({ url }: RunningFunction): Promise<Numbers> =>
  (await (await fetch(`${url}/numbers`)).json()) as Numbers;

const emitted = (value: number) => ({
  type: "dev.vigie.number.emitted.v1",
  id: `number-${value}`,
  source: "/vigie/number-emit",
  time: new Date(1_795_255_200_000 + value).toISOString(),
  data: { value, sequence: 1_700_000_000_000 + value },
});

/** Hands the reply of one machine to another, as the broker does. */
async function relay(answer: Response, to: RunningFunction): Promise<Response> {
  return to.post({
    type: answer.headers.get("ce-type") ?? "",
    id: answer.headers.get("ce-id") ?? "",
    source: answer.headers.get("ce-source") ?? "",
    extensions: { machine: answer.headers.get("ce-machine") ?? "" },
    data: await answer.json(),
  });
}

describe("number-receive", function () {
  // Real processes, on a machine that may be busy.
  this.timeout(20_000);

  const running: RunningFunction[] = [];
  const run = async (env?: Record<string, string>): Promise<RunningFunction> => {
    const started = await runFunction("number-receive", env);
    running.push(started);
    return started;
  };
  afterEach(() => Promise.all(running.splice(0).map((each) => each.stop("SIGKILL"))));

  describe("with a ConfigMap", () => {
    let api: ConfigMapApi;
    const env = () => ({
      K_SERVICE: "machine-1",
      HISTORY_CONFIGMAP: "machine-1-numbers",
      KUBECONFIG: api.kubeconfig,
    });
    beforeEach(async () => {
      api = await startConfigMapApi("machine-1-numbers");
    });
    afterEach(() => api.close());

    it("has lost nothing that it acknowledged when it is killed", async () => {
      const first = await run(env());
      const values = Array.from({ length: 20 }, (_, index) => index);
      const answers = await Promise.all(values.map((value) => first.post(emitted(value))));
      assert.ok(answers.every(({ status }) => status === 200));
      await first.stop("SIGKILL");
      const { numbers, isDurable } = await numbersOf(await run(env()));
      assert.equal(isDurable, true);
      assert.deepEqual(
        numbers.map(({ value }) => value),
        values.toReversed(),
      );
    });

    it("answers a redelivery after a restart with the same acknowledgement", async () => {
      const first = await run(env());
      const before = await first.post(emitted(1));
      await first.stop("SIGKILL");
      const again = await (await run(env())).post(emitted(1));
      assert.equal(again.headers.get("ce-id"), before.headers.get("ce-id"));
      assert.equal(again.headers.get("ce-time"), before.headers.get("ce-time"));
      assert.deepEqual(await again.json(), await before.json());
      assert.equal(api.entries().length, 1);
    });

    it("answers 503 while the ConfigMap cannot be written, and acknowledges nothing", async () => {
      const machine = await run({ ...env(), HISTORY_CONFIGMAP: "other" });
      const answer = await machine.post(emitted(1));
      assert.equal(answer.status, 503);
      assert.equal(((await answer.json()) as { code: string }).code, "JOURNAL_MISSING");
    });
  });

  it("marks who has acknowledged, whichever came first", async () => {
    const one = await run({ K_SERVICE: "machine-1" });
    const two = await run({ K_SERVICE: "machine-2" });
    await relay(await two.post(emitted(7)), one);
    assert.equal((await numbersOf(one)).numbers[0]?.latencyMs, null);
    await relay(await one.post(emitted(7)), one);
    const { machine, numbers } = await numbersOf(one);
    assert.equal(machine, "machine-1");
    assert.equal(numbers.length, 1);
    assert.deepEqual(
      numbers[0]?.acknowledgements.map((each) => each.machine),
      ["machine-1", "machine-2"],
    );
  });

  it("says that its history is in memory only", async () => {
    const { machine, isDurable, numbers } = await numbersOf(await run());
    assert.deepEqual(
      { machine, isDurable, numbers },
      { machine: "number-receive", isDurable: false, numbers: [] },
    );
  });

  it("answers 422 to an acknowledgement of a machine that is no DNS label", async () => {
    const machine = await run();
    for (const name of ["__proto__", "../x", "<script>", "A"]) {
      const answer = await machine.post({
        type: "dev.vigie.number.received.v1",
        id: "1",
        data: { number: "0".repeat(32), value: 1, sequence: 1, machine: name, latencyMs: 1 },
      });
      assert.equal(answer.status, 422, name);
    }
  });

  it("shows a page that loads nothing from elsewhere", async () => {
    const { url } = await run({ K_SERVICE: "machine-1" });
    const page = await fetch(url);
    assert.match(page.headers.get("content-security-policy") ?? "", /default-src 'none'/);
    const html = await page.text();
    assert.match(html, /<title>machine-1<\/title>/);
    const script = await (await fetch(`${url}/page.js`)).text();
    const named = [...html.matchAll(/(?:href|src)="((?:[\w/-]+\.(?:css|js)))"/g)];
    const imported = [...script.matchAll(/ from "([^"]+)"/g)];
    assert.equal(named.length + imported.length, 5);
    for (const [, file = ""] of [...named, ...imported]) {
      const answer = await fetch(new URL(file, `${url}/`));
      assert.equal(answer.status, 200, file);
      const type = file.endsWith(".css") ? "text/css" : "text/javascript";
      assert.equal(answer.headers.get("content-type"), `${type}; charset=utf-8`, file);
    }
  });

  it("sends a number to the page once it is stored, and ends the stream when it stops", async () => {
    const machine = await run();
    const request = get(`${machine.url}/events`, { agent: false });
    const [stream] = (await once(request, "response")) as [IncomingMessage];
    assert.equal(stream.headers["content-type"], "text/event-stream; charset=utf-8");
    let text = "";
    stream.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
    while (!text.includes("event: snapshot")) await once(stream, "data");
    assert.equal((await machine.post(emitted(7))).status, 200);
    while (!text.endsWith("}]}\n\n")) await once(stream, "data");
    assert.match(text, /event: numbers\nid: .+\ndata: .*"value":7/);
    const ended = once(stream, "end");
    assert.equal(await machine.stop(), 0);
    await ended;
  });

  it("sends nothing again to a page that has seen this version", async () => {
    const machine = await run();
    await machine.post(emitted(7));
    const read = async (headers: Record<string, string>): Promise<string> => {
      const stream = await fetch(`${machine.url}/events`, { headers });
      const reader = stream.body?.getReader();
      const { value } = (await reader?.read()) ?? {};
      await reader?.cancel();
      return new TextDecoder().decode(value);
    };
    const id = /^id: (.+)$/m.exec(await read({}))?.[1] ?? "";
    assert.equal(await read({ "last-event-id": id }), "retry: 2000\n\n");
    assert.match(await read({ "last-event-id": "of another life" }), /event: snapshot/);
  });
});
