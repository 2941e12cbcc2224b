import assert from "node:assert/strict";
import { ArgumentError, HELP, readArguments } from "../../../knative/local/arguments.ts";

const base = import.meta.dirname;

describe("readArguments", () => {
  it("has the doors of the design as defaults", () => {
    assert.deepEqual(readArguments([], base), {
      manifests: [base],
      kubeconfig: null,
      port: 8080,
      gatewayPort: 8081,
      kubePort: 8082,
      windowSeconds: null,
      clock: true,
      scenario: null,
      broker: "stored",
      prometheus: "off",
      prometheusIntervalSeconds: 15,
      json: false,
      record: null,
    });
  });

  it("takes every option of the help", () => {
    const file = import.meta.filename;
    const read = readArguments(
      ["-f", base, "--filename", file, "--port", "1", "--gateway-port=2", "--kube-port", "65535"]
        .concat(["--window", "6.5", "--no-clock", "--scenario", file, "--broker", "sync"])
        .concat([
          "--prometheus",
          "auto",
          "--prometheus-interval",
          "1",
          "--json",
          "--record",
          "calls.jsonl",
        ]),
      "none",
    );
    assert.deepEqual(read, {
      manifests: [base, file],
      kubeconfig: null,
      port: 1,
      gatewayPort: 2,
      kubePort: 65_535,
      windowSeconds: 6.5,
      clock: false,
      scenario: file,
      broker: "sync",
      prometheus: "auto",
      prometheusIntervalSeconds: 1,
      json: true,
      record: "calls.jsonl",
    });
    assert.equal(readArguments(["--help"], base), null);
    for (const [option] of HELP.matchAll(/--[a-z]+(-[a-z]+)*/g)) {
      assert.doesNotMatch(messageFor(option), /Unknown option/);
    }
  });

  it("gives the help when it is asked for, whatever else is in the line", () => {
    for (const line of ["--help", "-h", "here --help", "--nope -h"]) {
      assert.equal(readArguments(line.split(" "), base), null);
    }
  });

  it("refuses the rest in one line that names the option", () => {
    const table = {
      "--nope": /Unknown option '--nope'; --help/,
      here: /Unexpected argument 'here'/,
      "--port 0": /--port 0: a port/,
      "--port 80x": /--port 80x/,
      "--gateway-port 65536": /--gateway-port 65536/,
      "--window 0": /--window 0/,
      "--window 1e9": /--window 1e9/,
      "--broker kafka": /--broker kafka: one of sync, stored/,
      "--prometheus yes": /--prometheus yes: one of off, auto, on/,
      "--prometheus-interval 5": /--prometheus-interval goes with --prometheus on/,
      "--prometheus on --prometheus-interval 0": /--prometheus-interval 0: seconds/,
      "-f /no/such": /-f \/no\/such: there is no such/,
      "--kubeconfig /no/such": /--kubeconfig \/no\/such/,
      "--port": /^--port needs a value/,
      "-f": /^--filename needs a value/,
      "--window -1": /^--window needs a value/,
    };
    for (const option of ["--prometheus on", "--record calls.jsonl"]) {
      const own = `--kubeconfig ${import.meta.filename} ${option}`;
      assert.match(messageFor(...own.split(" ")), /cannot go with --kubeconfig/);
    }
    for (const [line, message] of Object.entries(table)) {
      assert.match(messageFor(...line.split(" ")), message);
    }
  });
});

function messageFor(...argv: string[]): string {
  try {
    readArguments(argv, base);
    return "";
  } catch (error) {
    assert.ok(error instanceof ArgumentError);
    assert.doesNotMatch(error.message, /\n/);
    return error.message;
  }
}
