import { z } from "zod";
import { type Identity, Metadata } from "./metadata.ts";

const Key = z.string().regex(/^[-._a-zA-Z0-9]+$/, "keys are letters, digits, -, _ and .");

export const ConfigMapManifest = z.object({
  apiVersion: z.literal("v1"),
  kind: z.literal("ConfigMap"),
  metadata: Metadata,
  data: z.record(Key, z.string()).default({}),
  binaryData: z.record(Key, z.base64()).default({}),
  immutable: z.boolean().optional(),
});

export const SecretManifest = z.object({
  apiVersion: z.literal("v1"),
  kind: z.literal("Secret"),
  metadata: Metadata,
  data: z.record(Key, z.base64()).default({}),
  stringData: z.record(Key, z.string()).default({}),
  type: z.string().optional(),
  immutable: z.boolean().optional(),
});

/** A ConfigMap or a Secret. */
export type Entries = Identity & {
  /** Decoded. A key may be called anything, so this is a Map. */
  entries: ReadonlyMap<string, Buffer>;
};

export function toConfigMap(
  { data, binaryData }: z.output<typeof ConfigMapManifest>,
  identity: Identity,
): Entries {
  return { ...identity, entries: new Map([...texts(data), ...base64s(binaryData)]) };
}

/** `stringData` wins over `data`, as in the API server. */
export function toSecret(
  { data, stringData }: z.output<typeof SecretManifest>,
  identity: Identity,
): Entries {
  return { ...identity, entries: new Map([...base64s(data), ...texts(stringData)]) };
}

function texts(data: Readonly<Record<string, string>>): [string, Buffer][] {
  return Object.entries(data).map(([key, text]) => [key, Buffer.from(text)]);
}

function base64s(data: Readonly<Record<string, string>>): [string, Buffer][] {
  return Object.entries(data).map(([key, text]) => [key, Buffer.from(text, "base64")]);
}
