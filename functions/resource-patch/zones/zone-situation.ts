import type { Situation } from "../../../shared/events/situation.ts";
import { Zone } from "../../../shared/events/strategy-facts.ts";
import type { Context } from "../context.ts";
import { type Pod, podFacts } from "../pod-facts.ts";
import { readSituation } from "../situation.ts";
import { ZONE_LABEL } from "../strategies/cluster-zone.ts";
import { type Deployment, readDeployment, readStamp, runningPodOf } from "./deployment.ts";
import { readClusterCpu } from "./read-cluster-cpu.ts";

type Told = {
  decisionId: string;
  now: string;
  namespace: string;
  name: string;
  /** Id of the event that asked for the review, and its time. */
  cause: string;
  observedAt: string;
};

/**
 * All that a review of a Deployment by the strategy cluster-zone rests on: the facts of one of its
 * running pods, with the sizes of its template instead of the pod's own.
 * @returns a sentence when there is nothing to review.
 */
export async function readZoneSituation(
  context: Context,
  { decisionId, now, namespace, name, cause, observedAt }: Told,
): Promise<{ deployment: Deployment; situation: Situation } | string> {
  const { kube } = context;
  const [deployment, cpu] = await Promise.all([
    readDeployment(kube, { namespace, name }),
    readClusterCpu(context, observedAt),
  ]);
  if (deployment === null) return "the Deployment has gone";
  const pod = await runningPodOf(kube, deployment);
  if (pod === null) return "no pod of the Deployment runs";
  const seen = await readSituation(context, {
    decisionId,
    now,
    pod: { namespace, name: pod },
    load: { cause, podUid: pod, resource: "cpu", percent: null, band: "low", observedAt },
    // Zones go by limits, not by use: nobody is asked about it.
    usage: null,
  });
  if (seen === null) return "no pod of the Deployment runs";
  const { owner } = seen.situation;
  if (owner.kind !== "Deployment" || owner.name !== name) {
    return `its pod ${pod} belongs to ${owner.kind} ${owner.name}`;
  }
  const facts = podFacts(withTemplate(seen.pod, deployment), "cpu");
  const stamp = readStamp(deployment);
  const current = Zone.safeParse(deployment.metadata.labels?.[ZONE_LABEL]);
  const situation: Situation = {
    ...seen.situation,
    load: { ...seen.situation.load, podUid: facts.uid },
    pod: facts,
    lastResize: stamp === null ? null : { decisionId: stamp.id, at: stamp.at },
    zone: { ...cpu, current: current.success ? current.data : null },
  };
  return { deployment, situation };
}

/** What the next pod of the Deployment will ask for. */
function withTemplate(pod: Pod, { spec }: Deployment): Pod {
  const wanted = spec?.template.spec;
  return wanted === undefined ? pod : { ...pod, spec: wanted };
}
