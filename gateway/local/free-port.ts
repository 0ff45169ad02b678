import { createServer } from "node:net";
import type { AddressInfo } from "node:net";

/** A port that nobody else can take. */
export interface HeldPort {
  readonly port: number;
  /** Lets go of it, for whoever listens there at once. */
  release(): Promise<void>;
}

/**
 * Holds a port, where others must be told of it long before anybody listens there. Whoever connects
 * meanwhile is hung up on. No process stays alive for it.
 *
 * @param port 0 takes a free one
 * @param flag what chooses another
 * @throws {Error} with a sentence that names the port and the flag
 */
export async function holdPort(port: number, host: string, flag: string): Promise<HeldPort> {
  const holder = createServer((socket) => socket.destroy()).unref();
  await new Promise<void>((resolve, reject) => {
    holder.once("error", (error: NodeJS.ErrnoException) =>
      reject(
        new Error(
          error.code === "EADDRINUSE"
            ? `Port ${port} is in use; stop what uses it, or choose another by ${flag}.`
            : `Port ${port} of ${host} cannot be used: ${error.message}.`,
        ),
      ),
    );
    holder.listen(port, host, resolve);
  });
  return {
    port: (holder.address() as AddressInfo).port,
    release: () => new Promise((resolve) => holder.close(() => resolve())),
  };
}

/**
 * Makes sure that a port can be had, before minutes are spent on what needs it.
 *
 * @throws {Error} as `holdPort` does
 */
export async function requireFreePort(port: number, host: string, flag: string): Promise<void> {
  await (await holdPort(port, host, flag)).release();
}
