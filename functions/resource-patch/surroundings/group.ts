/** "apps" of "apps/v1": the version is the reader's choice, the group says which kind. */
export function groupOf(apiVersion: string): string {
  return apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "";
}
