/** A command of `lien-thong`. */
export interface Command {
  /** The word after `lien-thong`. */
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** Runs it on the words after its name. Exit code: 0 done, 1 failed, 2 used wrongly. */
  run(args: readonly string[]): Promise<number>;
}

/** Says on stderr how a command was used wrongly; the exit code of that. */
export function misused(sentence: string, command: string): number {
  // parseArgs of node:util ends its messages without a full stop.
  const ended = sentence.endsWith(".") ? sentence : `${sentence}.`;
  console.error(`${ended} \`npx lien-thong ${command} --help\` says how it is used.`);
  return 2;
}

/** Says on stderr why a command failed, in its error's own sentence; the exit code of that. */
export function failed(error: unknown): number {
  console.error(error instanceof Error ? error.message : String(error));
  return 1;
}

/** Whether the arguments ask for help rather than for the command. */
export function asksForHelp(args: readonly string[]): boolean {
  return args.includes("--help") || args.includes("-h");
}
