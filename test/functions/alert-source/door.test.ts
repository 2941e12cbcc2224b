import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAuthorize, type Secrets } from "../../../functions/alert-source/authorize.ts";
import { createAlertsDoor } from "../../../functions/alert-source/door.ts";
import type { Send } from "../../../functions/alert-source/send.ts";
import { AppError, PermanentError, TransientError } from "../../../shared/errors.ts";
import { alert, alertWith, webhook } from "./webhook.ts";

type Line = { level: string; fields: object; message: string };

function doorTo(send: Send, secrets: Secrets = {}) {
  const lines: Line[] = [];
  const level = (name: string) => (fields: object, message: string) => {
    lines.push({ level: name, fields, message });
  };
  const log = {
    debug: level("debug"),
    info: level("info"),
    warn: level("warn"),
    error: level("error"),
  };
  const door = createAlertsDoor({ send, authorize: createAuthorize(secrets), log });
  const post = async (body: unknown, more: Record<string, string> = {}) => {
    const headers = { "content-type": "application/json", ...more };
    await door.admit?.(headers);
    return await door.handle({
      headers,
      query: new URLSearchParams(),
      body: Buffer.from(typeof body === "string" ? body : JSON.stringify(body)),
    });
  };
  return { post, lines };
}

const refusal = (status: number, code: string, message?: RegExp) => (error: unknown) => {
  assert.ok(error instanceof AppError);
  assert.equal(error.status, status);
  assert.equal(error.code, code);
  if (message !== undefined) assert.match(error.message, message);
  return true;
};

const alerts = [
  alertWith({ pod: "a" }, { fingerprint: "a" }),
  alertWith({ pod: "b" }, { fingerprint: "b" }),
];

describe("POST /alerts", () => {
  it("answers 200 when the sink has taken every alert", async () => {
    const sent: string[] = [];
    const { post } = doorTo(async (event) => {
      sent.push(String(event.subject));
    });
    assert.deepEqual(await post(webhook(alerts)), {
      status: 200,
      json: { accepted: 2, truncated: 0 },
    });
    assert.deepEqual(sent.sort(), ["shop/a", "shop/b"]);
  });

  it("answers 503 when the sink has not, and on the retry sends only the rest", async () => {
    const sent: string[] = [];
    let isDown = true;
    const { post } = doorTo(async (event) => {
      if (isDown && event.subject === "shop/b") throw new TransientError("SINK_BUSY", "full");
      sent.push(String(event.subject));
    });
    await assert.rejects(
      post(webhook(alerts)),
      refusal(503, "SINK_UNAVAILABLE", /^1 of 2 alerts accepted; full$/),
    );
    isDown = false;
    assert.equal((await post(webhook(alerts))).status, 200);
    assert.deepEqual(sent, ["shop/a", "shop/b"]);
    await post(webhook(alerts));
    assert.equal(sent.length, 4, "a repeat after success is sent again");
  });

  it("answers 503 for a fault that nobody foresaw, and when the time is up", async () => {
    const { post } = doorTo(async () => {
      throw new DOMException("The operation was aborted due to timeout", "TimeoutError");
    });
    await assert.rejects(post(webhook(alerts)), refusal(503, "SINK_UNAVAILABLE"));
  });

  it("answers 422 when the sink refuses an alert, after sending the others", async () => {
    const sent: string[] = [];
    const { post } = doorTo(async (event) => {
      if (event.subject === "shop/a") throw new PermanentError("SINK_REFUSED", "too large");
      sent.push(String(event.subject));
    });
    await assert.rejects(
      post(webhook(alerts)),
      refusal(422, "SINK_REFUSED", /^1 of 2 alerts accepted; shop\/a: too large$/),
    );
    assert.deepEqual(sent, ["shop/b"]);
  });

  it("answers 400 for a malformed alert, after sending the others", async () => {
    const sent: string[] = [];
    const { post } = doorTo(async (event) => {
      sent.push(String(event.subject));
    });
    await assert.rejects(
      post(webhook([alert(), alert({ startsAt: "yesterday" })])),
      refusal(400, "INVALID_ALERT", /^1 of 2 alerts accepted; alerts\[1\]: startsAt: /),
    );
    assert.deepEqual(sent, ["shop/cart-1"]);
  });

  it("answers 400 for what is not JSON or no webhook, 415 for another media type", async () => {
    const { post } = doorTo(async () => {});
    await assert.rejects(post("{"), refusal(400, "INVALID_JSON"));
    await assert.rejects(post({ version: "3" }), refusal(400, "INVALID_WEBHOOK", /version/));
    const ofPrometheus = [{ labels: { alertname: "PodLoadHigh" } }];
    await assert.rejects(post(ofPrometheus), refusal(400, "INVALID_WEBHOOK", /as Prometheus and/));
    const ofGrafana = { version: "1", orgId: 1, alerts: [] };
    await assert.rejects(post(ofGrafana), refusal(400, "INVALID_WEBHOOK", /Grafana's own/));
    await assert.rejects(
      post(webhook([]), { "content-type": "text/plain" }),
      refusal(415, "UNSUPPORTED_MEDIA_TYPE"),
    );
    await assert.rejects(
      post(webhook([]), { "content-encoding": "gzip" }),
      refusal(415, "UNSUPPORTED_MEDIA_TYPE", /as it is, not packed/),
    );
  });

  it("refuses what would take far more memory than its bytes, before it is parsed", async () => {
    const sent: unknown[] = [];
    const { post } = doorTo(async (event) => void sent.push(event));
    const many = (part: string, count: number) => Array(count).fill(part).join();
    const bodies = [
      `{"version":"4","alerts":[${many("{}", 500_000)}]}`,
      `{"version":"4","alerts":${"[".repeat(500_001)}${"]".repeat(500_001)}}`,
      `{"version":"4","alerts":[],"x":[${many("0", 500_001)}]}`,
    ];
    for (const body of bodies) {
      const message = /^the body has more than 500000 values$/;
      await assert.rejects(post(body), refusal(400, "INVALID_WEBHOOK", message));
    }
    assert.deepEqual(sent, []);
  });

  it("looks at no more than 1,001 alerts that are none, and at no alert of 10,001 labels", async () => {
    const { post } = doorTo(async () => {});
    await assert.rejects(
      post({ version: "4", alerts: Array(100_000).fill({}) }),
      refusal(400, "INVALID_WEBHOOK", /^more than 1000 alerts are none; alerts\[0\]: status: /),
    );
    const labels = Object.fromEntries(Array.from({ length: 10_001 }, (_, at) => [`l${at}`, ""]));
    await assert.rejects(
      post(webhook([alert(), alert({ labels })])),
      refusal(400, "INVALID_ALERT", /^1 of 2 .*alerts\[1\]: labels: more than 10000 names$/),
    );
  });

  it("sends the others of an alert with a text that no broker takes, and makes no string of it", async () => {
    const sent: unknown[] = [];
    const { post, lines } = doorTo(async ({ subject }) => void sent.push(subject));
    const long = alert({ annotations: { log: "x".repeat(1024 * 1024 + 1) } });
    await assert.rejects(
      post(webhook([alertWith({ pod: "a" }), long, alertWith({ pod: "b" })])),
      refusal(400, "INVALID_ALERT", /^2 of 3 .*alerts\[1\]: annotations\.log: .*null$/),
    );
    assert.deepEqual(new Set(sent), new Set(["shop/a", "shop/b"]));
    assert.deepEqual(lines, [
      { level: "warn", fields: { longTexts: 1 }, message: "texts of more than 1 MiB left out" },
    ]);
  });

  it("refuses an alert whose texts are more than a broker takes together", async () => {
    const sent: unknown[] = [];
    const { post } = doorTo(async ({ subject }) => void sent.push(subject));
    const annotations = { a: "x".repeat(600_000), b: "y".repeat(600_000) };
    await assert.rejects(
      post(webhook([alert({ annotations }), alertWith({ pod: "b" })])),
      refusal(400, "INVALID_ALERT", /alerts\[0\]: more than 1048576 characters$/),
    );
    assert.deepEqual(sent, ["shop/b"]);
  });

  it("takes a webhook with a long text where no alert is", async () => {
    const { post } = doorTo(async () => {});
    const body = webhook([alert()], { externalURL: "x".repeat(2 * 1024 * 1024) });
    assert.equal((await post(body)).status, 200);
  });

  it("reports alerts that were cut off, and a list that is empty", async () => {
    const { post, lines } = doorTo(async () => {});
    assert.deepEqual(await post(webhook([], { truncatedAlerts: 7 })), {
      status: 200,
      json: { accepted: 0, truncated: 7 },
    });
    assert.deepEqual(lines, [
      { level: "warn", fields: { truncated: 7 }, message: "alerts truncated" },
      { level: "warn", fields: {}, message: "no alerts" },
      { level: "info", fields: { accepted: 0, truncated: 7 }, message: "forwarded" },
    ]);
  });

  it("answers 503 at once when 64 webhooks are at work", async () => {
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { post } = doorTo(() => gate);
    const busy = Array.from({ length: 64 }, () => post(webhook([alert()])));
    await new Promise(setImmediate);
    await assert.rejects(post(webhook([alert()])), refusal(503, "BUSY"));
    release();
    for (const each of await Promise.all(busy)) assert.equal(each.status, 200);
  });

  describe("with a token file", () => {
    let folder: string;
    let file: string;
    before(async () => {
      folder = await mkdtemp(join(tmpdir(), "vigie-token-"));
      file = join(folder, "token");
      await writeFile(file, "s3cret\n");
    });
    after(() => rm(folder, { recursive: true }));

    it("lets the token in, trailing newline or not", async () => {
      const { post } = doorTo(async () => {}, { tokenFile: file });
      const answer = await post(webhook([alert()]), { authorization: "Bearer s3cret" });
      assert.equal(answer.status, 200);
    });

    for (const authorization of ["", "Bearer", "Bearer wrong", "Bearer s3cret2", "Basic s3cret"]) {
      it(`answers 401 to ${JSON.stringify(authorization)}`, async () => {
        const { post } = doorTo(async () => {}, { tokenFile: file });
        await assert.rejects(
          post(webhook([alert()]), { authorization }),
          refusal(401, "UNAUTHORIZED"),
        );
      });
    }

    it("takes a new token without a restart, and nobody while the file is empty", async () => {
      const { post } = doorTo(async () => {}, { tokenFile: file });
      await writeFile(file, "");
      await assert.rejects(
        post(webhook([alert()]), { authorization: "Bearer " }),
        refusal(503, "SECRET_UNREADABLE"),
      );
      await writeFile(file, "other");
      const answer = await post(webhook([alert()]), { authorization: "Bearer other" });
      assert.equal(answer.status, 200);
    });
  });

  describe("with a user and a password", () => {
    let folder: string;
    before(async () => {
      folder = await mkdtemp(join(tmpdir(), "vigie-basic-"));
      await writeFile(join(folder, "username"), "alertmanager\n");
      await writeFile(join(folder, "password"), "s3cret:with:colons\n");
      await writeFile(join(folder, "token"), "alertmanager:token");
    });
    after(() => rm(folder, { recursive: true }));

    const basic = (pair: string) => `Basic ${Buffer.from(pair).toString("base64")}`;
    const status = async (secrets: Secrets, authorization: string) => {
      const { post } = doorTo(async () => {}, secrets);
      return await post(webhook([alert()]), { authorization }).then(
        (answer) => answer.status,
        (error: unknown) => (error instanceof AppError ? error.status : 0),
      );
    };

    it("lets the pair in, and nothing else", async () => {
      const secrets = { basicFolder: folder };
      assert.equal(await status(secrets, basic("alertmanager:s3cret:with:colons")), 200);
      for (const wrong of [
        "",
        "Basic",
        "Basic !!!",
        basic("alertmanager"),
        basic("alertmanager:"),
        basic("alertmanager:s3cret"),
        basic("other:s3cret:with:colons"),
        "Bearer alertmanager:s3cret:with:colons",
      ]) {
        assert.equal(await status(secrets, wrong), 401, wrong);
      }
    });

    it("lets either in where there is a token too, each by its own scheme", async () => {
      const secrets = { basicFolder: folder, tokenFile: join(folder, "token") };
      assert.equal(await status(secrets, basic("alertmanager:s3cret:with:colons")), 200);
      assert.equal(await status(secrets, "Bearer alertmanager:token"), 200);
      assert.equal(await status(secrets, basic("alertmanager:token")), 401);
    });

    it("lets nobody in while a file is missing", async () => {
      const secrets = { basicFolder: join(folder, "nowhere") };
      assert.equal(await status(secrets, basic("alertmanager:s3cret:with:colons")), 503);
    });
  });
});
