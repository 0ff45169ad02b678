import { createServer } from "node:net";

/**
 * Makes sure that a port can be had, before minutes are spent on what needs it.
 *
 * @param flag what chooses another
 * @throws {Error} with a sentence that names the port and the flag
 */
export async function requireFreePort(port: number, host: string, flag: string): Promise<void> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once("error", (error: NodeJS.ErrnoException) =>
      reject(
        new Error(
          error.code === "EADDRINUSE"
            ? `Port ${port} is in use; stop what uses it, or choose another by ${flag}.`
            : `Port ${port} of ${host} cannot be used: ${error.message}.`,
        ),
      ),
    );
    probe.listen(port, host, resolve);
  });
  await new Promise((resolve) => probe.close(resolve));
}
