import { at, isRecord, textOf } from "../kube-object.ts";
import type { KubeObject } from "../kube-object.ts";
import { invalidValue, requiredField, unsupportedValue } from "../status-error.ts";
import type { Cause } from "../status-error.ts";

const scopes = ["Cluster", "Namespaced"];
const label = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;
const labelRule =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";

/** What a definition must say, of what is often wrong, in the words of its validation. */
export function definitionCauses(definition: KubeObject): Cause[] {
  const spec = definition["spec"];
  const { name } = definition.metadata;
  const group = textOf(at(spec, "group"));
  const plural = textOf(at(spec, "names", "plural"));
  const versions = at(spec, "versions");
  const listed: unknown[] = Array.isArray(versions) ? versions : [];
  const stored = listed.filter((version) => at(version, "storage") === true);
  const scope = at(spec, "scope");
  return [
    ...(name === `${plural}.${group}`
      ? []
      : [invalidValue("metadata.name", name, 'must be spec.names.plural+"."+spec.group')]),
    ...(group.includes(".")
      ? []
      : [invalidValue("spec.group", group, "should be a domain with at least one dot")]),
    ...(scopes.includes(textOf(scope)) ? [] : [unsupportedValue("spec.scope", scope, scopes)]),
    ...["plural", "kind"].flatMap((field) =>
      textOf(at(spec, "names", field)) === "" ? [requiredField(`spec.names.${field}`)] : [],
    ),
    ...listed.flatMap(versionCauses),
    ...(stored.length === 1
      ? []
      : [
          invalidValue(
            "spec.versions",
            listed.map((version) => at(version, "name")),
            "must have exactly one version marked as storage version",
          ),
        ]),
  ];
}

function versionCauses(version: unknown, index: number): Cause[] {
  const path = `spec.versions[${index}]`;
  const name = textOf(at(version, "name"));
  const schema = at(version, "schema", "openAPIV3Schema");
  if (!label.test(name)) return [invalidValue(`${path}.name`, name, labelRule)];
  if (!isRecord(schema)) return [requiredField(`${path}.schema.openAPIV3Schema`)];
  return textOf(schema["type"]) === ""
    ? [requiredField("spec.validation.openAPIV3Schema.type", "must not be empty at the root")]
    : [];
}

/** What of a definition is taken and not acted on. */
export function definitionWarnings(definition: KubeObject): string[] {
  const text = JSON.stringify(at(definition, "spec", "versions") ?? []);
  return [
    ...(text.includes('"x-kubernetes-validations"')
      ? ["the simulated cluster does not evaluate x-kubernetes-validations"]
      : []),
    ...(at(definition, "spec", "conversion", "strategy") === "Webhook"
      ? ["the simulated cluster calls no conversion webhook: versions differ in their name alone"]
      : []),
  ];
}
