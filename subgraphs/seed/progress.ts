/** How far a load has come, in citizens. */
export interface Progress {
  readonly done: number;
  readonly total: number;
}

/** Where progress goes: a parent by its channel, a terminal as a bar, anything else as lines. */
export interface Outlet {
  readonly send?: ((message: { progress: Progress }) => unknown) | undefined;
  readonly stderr: { readonly isTTY?: boolean; write(text: string): unknown };
}

const width = 30;
/** In a log a line each tenth of the way is enough. */
const linesOfALog = 10;

export function showProgress({ send, stderr }: Outlet): (progress: Progress) => void {
  if (send) return (progress) => void send({ progress });
  if (stderr.isTTY) return (progress) => stderr.write(drawBar(progress));
  let shown = 0;
  return ({ done, total }) => {
    const reached = Math.floor((linesOfALog * done) / total);
    if (reached > shown) stderr.write(`${count(done)} of ${count(total)} citizens\n`);
    shown = reached;
  };
}

function drawBar({ done, total }: Progress): string {
  const full = Math.round((width * done) / total);
  const bar = "█".repeat(full) + "░".repeat(width - full);
  return `\r${bar} ${count(done)} of ${count(total)} citizens${done === total ? "\n" : ""}`;
}

export const count = (number: number): string => number.toLocaleString("en-US");
