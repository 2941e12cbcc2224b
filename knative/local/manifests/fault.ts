/** One thing that is wrong in a manifest, where it is. */
export type Fault = {
  /** As the user gave it, or found below the folder the user gave. */
  file: string;
  /** Counted from 1. */
  line: number;
  message: string;
};

/** Manifests that cannot be run. Holds every fault, not just the first. */
export class ManifestError extends Error {
  readonly faults: readonly Fault[];

  constructor(faults: readonly Fault[]) {
    super(faults.map(({ file, line, message }) => `${file}:${line}: ${message}`).join("\n"));
    this.name = "ManifestError";
    this.faults = faults;
  }
}
