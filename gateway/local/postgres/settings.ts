/**
 * Server parameters that differ from PostgreSQL's defaults.
 *
 * @param durable whether a commit waits for the disk; without it a power cut, though no `kill -9`,
 *   may cost the whole cluster
 */
export function chooseSettings(durable: boolean): Readonly<Record<string, string>> {
  return {
    // Six databases with a pool each, or as many test files at once; an idle slot costs a few kB.
    max_connections: "200",
    // There is no replica, so COPY into a new table needs no second writing.
    wal_level: "minimal",
    max_wal_senders: "0",
    // Statements and rows that violate a constraint carry personal numbers: not into a log.
    log_min_error_statement: "panic",
    log_error_verbosity: "terse",
    // Whoever turns the logging of statements on gets them without their values.
    log_parameter_max_length: "0",
    log_parameter_max_length_on_error: "0",
    log_checkpoints: "off",
    ...(durable ? {} : { fsync: "off", full_page_writes: "off", synchronous_commit: "off" }),
  };
}
