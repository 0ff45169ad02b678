import { once } from "node:events";

/** Aborted by the first SIGINT or SIGTERM, or when whoever started us is gone. */
export function listenToSignals(): AbortSignal {
  const controller = new AbortController();
  const tell = () => controller.abort(new Error("Told to stop."));
  process.on("SIGINT", tell);
  process.on("SIGTERM", tell);
  if (process.send) {
    process.on("disconnect", tell);
    // Whoever is listened to keeps a process alive: it would never end by itself.
    process.channel?.unref();
  }
  return controller.signal;
}

/** Resolves once `signal` is aborted, however long ago. */
export async function waitUntilTold(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, "abort");
}
