import { mkdirSync, writeFileSync } from "node:fs";
import { operatorFiles } from "./objects.ts";

const folder = new URL("../kube-prometheus-stack/", import.meta.url);
mkdirSync(folder, { recursive: true });
for (const [name, text] of operatorFiles()) writeFileSync(new URL(name, folder), text);
