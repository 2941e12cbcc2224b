import type { Cluster } from "../cluster/start.ts";
import { StatusError } from "../cluster/status-error.ts";
import { type Fault, ManifestError } from "../manifests/fault.ts";
import type { Located } from "../manifests/load.ts";
import type { StateFolder } from "../state-folder.ts";
import { keyOf } from "./changes.ts";
import { withLastApplied } from "./last-applied.ts";
import type { Shown } from "./readiness.ts";

/** A service account that something here talks to the cluster as. */
type Account = { namespace: string; account: string };

/** The simulated cluster, as manifests change it. */
export type LiveCluster = {
  /**
   * Applies what is new or has changed since the last time, as `kubectl apply` would: what others
   * have changed in the cluster meanwhile stays, and so does what is not in the manifests any more.
   * @throws ManifestError with every object that the cluster refuses; the others are applied.
   */
  apply(located: readonly Located[]): void;
  /** Shows what runs as it runs. */
  show(shown: readonly Shown[]): void;
  /** Writes who may talk to the cluster as whom. */
  login(accounts: readonly Account[]): void;
};

export function createLiveCluster(cluster: Cluster, state: StateFolder): LiveCluster {
  const applied = new Map<string, string>();
  return {
    apply(located) {
      const faults: Fault[] = [];
      for (const one of located) {
        const { object, file, line } = one;
        const text = JSON.stringify(object);
        if (applied.get(keyOf(one)) === text) continue;
        try {
          cluster.apply([withLastApplied(object)]);
          applied.set(keyOf(one), text);
        } catch (error) {
          if (!(error instanceof StatusError)) throw error;
          const message = `${object.kind} ${object.metadata.name}: ${error.message}`;
          faults.push({ file, line, message });
        }
      }
      if (faults.length > 0) throw new ManifestError(faults);
    },
    show(shown) {
      for (const { apiVersion, kind, namespace, name, fields, ready } of shown) {
        cluster.showStatus(apiVersion, kind, { namespace, name }, { fields, ready });
      }
    },
    login(accounts) {
      state.writeSecret(state.kubeconfig, cluster.kubeconfig());
      for (const { namespace, account } of accounts) {
        const token = cluster.tokenFor(namespace, account);
        const file = state.kubeconfigOf(namespace, account);
        state.writeSecret(file, cluster.kubeconfig({ namespace, token }));
      }
    },
  };
}
