import { writeFileSync } from "node:fs";
import { EVENTS } from "../shared/events/all.ts";
import { documentEvents } from "../shared/events/document.ts";

writeFileSync(new URL("events.md", import.meta.url), documentEvents(EVENTS));
