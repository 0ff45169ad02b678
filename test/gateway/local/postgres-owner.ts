/**
 * A program that owns an embedded cluster, so that tests can kill it. Prints one line of JSON when
 * the database is there, or the error's sentence, and stops the database on SIGINT and SIGTERM. It says
 * when it has lost the database, and ends.
 *
 *   node postgres-owner.ts '<options of startEmbeddedPostgres as JSON>'
 */
import { startEmbeddedPostgres } from "../../../gateway/local/embedded-postgres.ts";
import type { EmbeddedPostgresOptions } from "../../../gateway/local/embedded-postgres.ts";

const options = JSON.parse(process.argv[2] ?? "{}") as EmbeddedPostgresOptions<string>;
try {
  const { lost, ...postgres } = await startEmbeddedPostgres(options);
  lost.addEventListener("abort", () => {
    process.stderr.write(`${(lost.reason as Error).message}\n`);
    process.exitCode = 1;
    void postgres.stop();
  });
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => void postgres.stop().then(() => process.exit(0)));
  }
  process.stdout.write(`${JSON.stringify(postgres)}\n`);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
