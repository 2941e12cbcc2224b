import { brokerYaml, startBrokers, triggerYaml } from "./harness.ts";

/** A stored broker in a process of its own, to be killed: `crash-child.ts FOLDER SUBSCRIBER_URL`. */
const [folder = "", subscriber = ""] = process.argv.slice(2);
const delivery = "retry: 100, backoffPolicy: linear, backoffDelay: PT0.1S";
const running = await startBrokers(
  brokerYaml(delivery) + triggerYaml("one", subscriber),
  { stored: folder },
  { maxInFlight: 20 },
);
process.stdout.write(`${running.url}\n`);
