import type { DocumentOptions, ParseOptions, SchemaOptions, Tags } from "yaml";

/**
 * YAML as kubectl reads it (`sigs.k8s.io/yaml`, 1.1 by way of go-yaml): `yes` and `on` are booleans,
 * `0644` is octal, `<<` merges. Of YAML 1.1, go-yaml has no numbers to the base of 60, and leaves
 * dates as text.
 */
export const KUBE_YAML: DocumentOptions & ParseOptions & SchemaOptions = {
  version: "1.1",
  uniqueKeys: true,
  customTags: (tags: Tags): Tags =>
    tags.filter(
      (tag) =>
        typeof tag !== "object" ||
        (!("format" in tag && tag.format === "TIME") && tag.tag !== "tag:yaml.org,2002:timestamp"),
    ),
  // Of what is told at all, the rest comes as faults.
  logLevel: "error",
};
