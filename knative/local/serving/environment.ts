import { expand } from "./expand.ts";

/** Entries of ConfigMaps or Secrets, by `<namespace>/<name>`. */
export type KeyedData = ReadonlyMap<string, ReadonlyMap<string, Buffer>>;

type KeyRef = { name: string; key: string; optional?: boolean | undefined };
type NameRef = { name: string; optional?: boolean | undefined };

export type EnvVar = {
  name: string;
  value?: string | undefined;
  valueFrom?:
    | {
        configMapKeyRef?: KeyRef | undefined;
        secretKeyRef?: KeyRef | undefined;
        fieldRef?: { fieldPath: string } | undefined;
      }
    | undefined;
};

export type EnvFrom = {
  prefix?: string | undefined;
  configMapRef?: NameRef | undefined;
  secretRef?: NameRef | undefined;
};

/** What a process needs of the machine to work at all. The rest of the user's environment stays out. */
const INHERITED = ["PATH", "HOME", "TMPDIR", "LANG"];

/** Where traces go: on a cluster an OpenTelemetry operator gives them to every container. */
const INHERITED_PREFIX = "OTEL_";

/**
 * What every process gets before the container's own. HOST is not Knative's: it asks a server to
 * listen on this machine only, where a container's would be reached from the cluster only.
 */
export function inheritedEnv(env: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const telemetry = Object.keys(env).filter((name) => name.startsWith(INHERITED_PREFIX));
  const inherited = [...INHERITED, ...telemetry].flatMap((name) =>
    env[name] === undefined ? [] : [[name, env[name]]],
  );
  return { HOST: "127.0.0.1", ...(Object.fromEntries(inherited) as Record<string, string>) };
}

/**
 * The environment of a container as the kubelet makes it: `envFrom` in order, then `env` in order,
 * with `$(NAME)` expanded from what comes before. `fields` are those of the pod that a process can
 * have, by path. What is missing and not optional is told to `fault`.
 */
export function containerEnv(
  container: { env?: readonly EnvVar[] | undefined; envFrom?: readonly EnvFrom[] | undefined },
  namespace: string,
  { configMaps, secrets }: { configMaps: KeyedData; secrets: KeyedData },
  fault: (message: string) => void,
  fields: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const env: Record<string, string> = Object.create(null) as Record<string, string>;

  const whole = (kind: string, all: KeyedData, ref: NameRef, prefix: string) => {
    const data = all.get(`${namespace}/${ref.name}`);
    if (data === undefined && ref.optional !== true) {
      fault(`envFrom: there is no ${kind} ${namespace}/${ref.name}`);
    }
    for (const [key, value] of data ?? []) env[prefix + key] = value.toString();
  };
  const one = (kind: string, all: KeyedData, ref: KeyRef, name: string) => {
    const value = all.get(`${namespace}/${ref.name}`)?.get(ref.key);
    if (value !== undefined) env[name] = value.toString();
    else if (ref.optional !== true) {
      fault(`env ${name}: there is no key ${ref.key} in ${kind} ${namespace}/${ref.name}`);
    }
  };

  for (const { prefix = "", configMapRef, secretRef } of container.envFrom ?? []) {
    if (configMapRef) whole("ConfigMap", configMaps, configMapRef, prefix);
    if (secretRef) whole("Secret", secrets, secretRef, prefix);
  }
  for (const { name, value, valueFrom } of container.env ?? []) {
    const { configMapKeyRef, secretKeyRef, fieldRef } = valueFrom ?? {};
    if (configMapKeyRef) one("ConfigMap", configMaps, configMapKeyRef, name);
    else if (secretKeyRef) one("Secret", secrets, secretKeyRef, name);
    else if (fieldRef) {
      const field = Object.hasOwn(fields, fieldRef.fieldPath)
        ? fields[fieldRef.fieldPath]
        : undefined;
      if (field === undefined) fault(`env ${name}: ${fieldRef.fieldPath} is not run locally`);
      else env[name] = field;
    } else env[name] = expand(value ?? "", env);
  }
  return env;
}
