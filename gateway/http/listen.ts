import type { FastifyInstance } from "fastify";

/**
 * Opens the doors.
 *
 * @param choice what chooses another port
 * @returns the URL by which they are reached
 * @throws {Error} with a sentence that names the port and what to do
 */
export async function listen(
  app: FastifyInstance,
  { host, port }: { readonly host: string; readonly port: number },
  choice: string,
): Promise<string> {
  try {
    const { port: taken } = new URL(await app.listen({ host, port }));
    return urlOf(host, Number(taken || 80));
  } catch (error) {
    await app.close();
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Error(
      code === "EADDRINUSE"
        ? `Port ${port} on ${host} is in use; choose another by ${choice}.`
        : `The gateway cannot listen on port ${port} of ${host}: ${message}.`,
      { cause: error },
    );
  }
}

/**
 * Closes the doors: no new connection from now on, and each answer under way ends its own, which a
 * client would else keep open for long. What is not done within `graceMs` is broken off.
 */
export async function closeDoors(app: FastifyInstance, graceMs: number): Promise<void> {
  const impatience = setTimeout(() => app.server.closeAllConnections(), graceMs);
  await app.close();
  clearTimeout(impatience);
}

/** Must be called before the doors open; `isStopping` is asked at each answer. */
export function endConnectionsOnStop(app: FastifyInstance, isStopping: () => boolean): void {
  app.addHook("onSend", (_request, reply, payload, done) => {
    if (isStopping()) reply.header("connection", "close");
    done(null, payload);
  });
}

/** Whether an address can be reached from this machine alone. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.[0-9]{1,3}){3}$/.test(host);
}

/** By what URL whoever listens there is reached from this machine: "all addresses" is none that can be asked. */
export function urlOf(host: string, port: number): string {
  if (["127.0.0.1", "::1", "0.0.0.0", "::"].includes(host)) return `http://localhost:${port}`;
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
