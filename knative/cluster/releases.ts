import { VERSIONS } from "./versions.ts";

const release = (repository: string, version: string, file: string): string =>
  `https://github.com/${repository}/releases/download/${version}/${file}.yaml`;

/** In the order in which they are applied: kinds before what uses them. */
export const SERVING_FILES: readonly string[] = [
  release("knative/serving", VERSIONS.serving, "serving-crds"),
  release("knative/serving", VERSIONS.serving, "serving-core"),
  release("knative-extensions/net-kourier", VERSIONS.serving, "kourier"),
];
export const EVENTING_FILES: readonly string[] = [
  release("knative/eventing", VERSIONS.eventing, "eventing-crds"),
  release("knative/eventing", VERSIONS.eventing, "eventing-core"),
  release("knative/eventing", VERSIONS.eventing, "in-memory-channel"),
  release("knative/eventing", VERSIONS.eventing, "mt-channel-broker"),
];
