import { isAtLeast } from "../version.ts";
import { type Guard, SIZES } from "./guard.ts";

/** `pods/resize` is on by default from Kubernetes 1.33 (KEP-1287). */
const RESIZE_VERSION = "1.33";

/** Memory limits go down without a restart from 1.34 (kubernetes/kubernetes#133012). */
export const MEMORY_DOWN_VERSION = "1.34";

/** Pods that cannot. */
export const POD: readonly Guard[] = [
  {
    code: "POD_REPLACED",
    test: ({ situation: { load, pod } }) =>
      load.podUid === pod.uid ? null : "the pod was replaced since its load was told",
  },
  {
    code: "POD_TERMINATING",
    test: ({ situation: { pod } }) => (pod.isTerminating ? "the pod is going away" : null),
  },
  {
    code: "POD_NOT_RUNNING",
    test: ({ situation: { pod } }) =>
      pod.phase === "Running" ? null : `the pod is ${pod.phase || "of no phase"}, not Running`,
  },
  {
    code: "STATIC_POD",
    test: ({ situation: { pod } }) =>
      pod.isStatic ? "the pod comes from a file on its node" : null,
  },
  {
    code: "WINDOWS_POD",
    for: ["resize"],
    test: ({ situation: { pod } }) =>
      pod.isWindows ? "pods on Windows cannot be resized in place" : null,
  },
  {
    code: "POD_LEVEL_RESOURCES",
    for: SIZES,
    test: ({ situation: { pod } }) =>
      pod.hasPodLevelResources ? "sizes of a pod as a whole are not built yet" : null,
  },
  {
    code: "TOO_OLD_FOR_RESIZE",
    for: ["resize"],
    test: ({ situation: { surroundings } }) => {
      const server = surroundings?.serverVersion ?? null;
      const kubelet = surroundings?.node?.kubeletVersion ?? null;
      if (isAtLeast(server, RESIZE_VERSION) === false) {
        return `the API server is ${server}; resizing in place needs ${RESIZE_VERSION}`;
      }
      return isAtLeast(kubelet, RESIZE_VERSION) === false
        ? `the pod's kubelet is ${kubelet}; resizing in place needs ${RESIZE_VERSION}`
        : null;
    },
  },
];
