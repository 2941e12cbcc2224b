import { createCounter } from "../../shared/instruments.ts";
import { isRefused, type Send } from "./send.ts";

/**
 * `outcome`: accepted by the broker; refused by it (dead: sending again cannot help); unsent (it
 * did not answer in time, and the sender is told to try again); malformed; truncated by
 * Alertmanager itself, which believes them sent.
 */
export const alerts = createCounter({
  name: "vigie_alerts_total",
  help: "Alerts that came in, by what became of them.",
  labelNames: ["outcome"],
});

export const metrics = { instruments: [alerts] };

/** Counts what is sent, whoever asked for it. */
export function counting(send: Send): Send {
  return async (event, signal) => {
    try {
      await send(event, signal);
    } catch (error) {
      alerts.add({ outcome: isRefused(error) ? "refused" : "unsent" });
      throw error;
    }
    alerts.add({ outcome: "accepted" });
  };
}
