import { decide } from "../../functions/alert-handle/decide.ts";
import { toLoadClassified } from "../../functions/alert-handle/reply.ts";
import { readReport } from "../../functions/alert-handle/report.ts";
import { translate } from "../../functions/alert-source/decide.ts";
import { DEFAULT_POLICY } from "../../shared/policy-default.ts";
import { type BinaryMessage, toBinary } from "../../shared/reply.ts";
import { podName } from "../big-pods.ts";
import { stormOf } from "../storm-alerts.ts";

/** What the functions say of one alert of the storm, made once: the empty route says it of each. */
export type Messages = {
  /** alert-source to the broker, the broker to alert-handle. */
  alert: BinaryMessage;
  /** alert-handle to the API server: the same bytes under keys of its own, so that the storm finds clean pods. */
  patch: { accept: string; contentType: string; body: string };
  /** alert-handle to the broker, the broker to the console. */
  load: BinaryMessage;
};

/** @throws Error when an alert of the storm is none that alert-handle would act on. */
export function createMessages(): Messages {
  const [webhook] = stormOf(1, 1, 2).webhooks;
  const [event] = translate(JSON.parse(webhook?.body ?? "null")).events;
  if (event?.data === undefined) throw new Error("the storm's webhook has no alert");
  const alert = { ...event, data: event.data };
  const report = readReport(alert, Date.now());
  if (report === null) throw new Error("the storm's alert is about no load");
  const { change, answer } = decide(
    { labels: {}, annotations: {} },
    report.resource,
    report.fact,
    DEFAULT_POLICY,
  );
  if (change === null || answer === null) throw new Error("the storm's alert changes nothing");
  const { namespace, name } = podName(0);
  const uid = crypto.randomUUID();
  const metadata = { uid, resourceVersion: "1000000", ...change };
  const load = toLoadClassified(alert, { namespace, name, uid }, report.resource, answer, {
    owner: { apiVersion: "v1", kind: "Pod", namespace, name },
    managed: true,
    slaClass: "silver",
  });
  return {
    alert: toBinary(event),
    patch: {
      accept: "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1, application/json",
      contentType: "application/merge-patch+json",
      body: unguarded(JSON.stringify({ metadata })),
    },
    load: toBinary(load),
  };
}

/** Any pod may get it, so it cannot name one: the guards become annotations of the same length. */
function unguarded(patch: string): string {
  const { metadata } = JSON.parse(patch.replaceAll("vigie.dev/", "empty.dev/")) as {
    metadata: { uid: string; resourceVersion: string; labels: object; annotations: object };
  };
  const { uid, resourceVersion, labels, annotations } = metadata;
  return JSON.stringify({
    metadata: { labels, annotations: { ...annotations, u: uid, version: resourceVersion } },
  });
}
