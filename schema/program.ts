/**
 * Runs a program of this project and sets the process's exit code: 0 done, 1 failed, 2 used wrongly.
 * What it throws becomes one sentence on stderr; a stack trace helps nobody at a terminal.
 */
export async function runProgram(main: () => number | Promise<number>): Promise<void> {
  try {
    process.exitCode = await main();
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = isUsageError(error) ? 2 : 1;
  }
}

/** Whether `parseArgs` of node:util refused the arguments. */
export function isUsageError(error: unknown): boolean {
  return String((error as NodeJS.ErrnoException | null)?.code).startsWith("ERR_PARSE_ARGS");
}
