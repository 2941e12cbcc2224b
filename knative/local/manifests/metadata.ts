import { z } from "zod";

const Name = z
  .string()
  .max(253)
  .regex(
    /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/,
    "must be a name of lower-case letters, digits, - and .",
  );

/** `default`, unless it says something. */
export const ServiceAccountName = z
  .union([z.literal(""), Name])
  .default("")
  .transform((name) => name || "default");

const Texts = z.record(z.string(), z.string()).default({});

/** `kubectl` applies what names no namespace to `default`. */
export const Metadata = z
  .object({
    name: Name,
    namespace: Name.max(63).default("default"),
    labels: Texts,
    annotations: Texts,
  })
  .loose();

/** Where an object is: what every kind has. */
export type Identity = {
  namespace: string;
  name: string;
  labels: Readonly<Record<string, string>>;
  annotations: Readonly<Record<string, string>>;
  file: string;
  /** Of its `apiVersion`, counted from 1. */
  line: number;
};
