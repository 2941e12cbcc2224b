import type { Resource } from "../resource.ts";
import { clusterColumns } from "./cluster.ts";
import { age, name } from "./column.ts";
import type { Column } from "./column.ts";
import { knativeColumns } from "./knative.ts";
import { networkColumns } from "./network.ts";
import { storageColumns } from "./storage.ts";
import { workloadColumns } from "./workloads.ts";

const columnsByResource: Readonly<Record<string, readonly Column[]>> = {
  ...clusterColumns,
  ...workloadColumns,
  ...knativeColumns,
  ...networkColumns,
  ...storageColumns,
};

const plain: Column[] = [name, age];

/** The columns kubectl users know for a kind; name and age for the others. */
export const columnsOf = (resource: Resource): readonly Column[] =>
  resource.custom?.columns ?? columnsByResource[resource.storage] ?? plain;
