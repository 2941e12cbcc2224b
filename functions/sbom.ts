import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

type Locked = { version: string; license?: string; integrity?: string; resolved?: string };

/**
 * The SPDX 2.3 document of one image: the packages whose code is in its bundles, with the version,
 * licence, origin and hash that package-lock.json has. `npm sbom` would name all that is installed,
 * at a time and under a number of its own; this names what is there, and is the same bytes for the
 * same sources. The base image brings its own.
 *
 * @param folders as in package-lock.json: `node_modules/pino`
 * @throws Error when one of them is not locked
 */
export function sbomOf(step: string, folders: Iterable<string>): string {
  const lock = JSON.parse(
    readFileSync(join(import.meta.dirname, "..", "package-lock.json"), "utf8"),
  ) as { version: string; packages: Record<string, Locked> };
  const own = {
    name: `vigie-${step}`,
    SPDXID: "SPDXRef-function",
    versionInfo: lock.version,
    downloadLocation: "NOASSERTION",
    filesAnalyzed: false,
    licenseDeclared: "Apache-2.0",
  };
  const packages = [...new Set(folders)].sort().map((folder) => {
    const locked = lock.packages[folder];
    if (locked === undefined) throw new Error(`${folder} is not in package-lock.json`);
    return packageOf(folder, locked);
  });
  const content = JSON.stringify([own, packages]);
  const document = {
    spdxVersion: "SPDX-2.3",
    dataLicense: "CC0-1.0",
    SPDXID: "SPDXRef-DOCUMENT",
    name: own.name,
    documentNamespace: `https://spdx.org/spdxdocs/${own.name}-${createHash("sha256").update(content).digest("hex")}`,
    creationInfo: { created: createdAt(), creators: ["Tool: vigie-build"] },
    documentDescribes: [own.SPDXID],
    packages: [own, ...packages],
    relationships: packages.map(({ SPDXID }) => ({
      spdxElementId: own.SPDXID,
      relatedSpdxElement: SPDXID,
      relationshipType: "CONTAINS",
    })),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function packageOf(folder: string, { version, license, integrity, resolved }: Locked) {
  const name = folder.slice(folder.lastIndexOf("node_modules/") + "node_modules/".length);
  const [algorithm = "", hash = ""] = integrity?.split("-") ?? [];
  const checksumValue = Buffer.from(hash, "base64").toString("hex");
  return {
    name,
    SPDXID: `SPDXRef-${folder.replaceAll(/[^A-Za-z0-9.]+/g, "-")}-${version}`,
    versionInfo: version,
    downloadLocation: resolved ?? "NOASSERTION",
    filesAnalyzed: false,
    licenseDeclared: license ?? "NOASSERTION",
    ...(hash === "" ? {} : { checksums: [{ algorithm: algorithm.toUpperCase(), checksumValue }] }),
    externalRefs: [
      {
        referenceCategory: "PACKAGE-MANAGER",
        referenceType: "purl",
        referenceLocator: `pkg:npm/${name.replace("@", "%40")}@${version}`,
      },
    ],
  };
}

/** SOURCE_DATE_EPOCH (reproducible-builds.org), or the epoch itself: two builds are the same bytes. */
function createdAt(): string {
  const seconds = Number(process.env["SOURCE_DATE_EPOCH"] ?? 0);
  return new Date(seconds * 1_000).toISOString().replace(/\.\d+Z$/, "Z");
}
