import type { LoadReport } from "./load.ts";
import type { Finding, Unit, UnitEdition } from "./unit.ts";

/** What one sector's database got out of an import. */
export type SectorImport = LoadReport & { readonly sector: string };

export type ImportReport = {
  readonly file: string;
  readonly edition: UnitEdition;
  readonly imports: readonly SectorImport[];
};

/** What was read, left out, mended and changed, for programs. */
export function summarizeImport({ file, edition, imports }: ImportReport) {
  const { units, successions, dropped, repaired } = edition;
  const shares: Record<string, number> = {};
  const successors = new Map<Unit["code"], number>();
  for (const { old, share } of successions) {
    // Provinces come from the acts, not from the table.
    if (old.code.length === 2) continue;
    shares[share] = (shares[share] ?? 0) + 1;
    if (old.code.length === 5) successors.set(old.code, (successors.get(old.code) ?? 0) + 1);
  }
  const communes = units.filter(({ level }) => level === "COMMUNE");
  return {
    file,
    read: {
      districts: units.filter(({ level }) => level === "DISTRICT").length,
      oldCommunes: communes.filter(({ validTo }) => validTo !== null).length,
      newCommunes: communes.filter(({ validTo }) => validTo === null).length,
      splitCommunes: [...successors.values()].filter((count) => count > 1).length,
      shares,
    },
    dropped,
    repaired,
    databases: imports,
  };
}

/** The same for people. */
export function describeImport(report: ImportReport): string {
  const { file, read, dropped, repaired, databases } = summarizeImport(report);
  return [
    `Read ${file}: ${read.oldCommunes} old communes in ${read.districts} districts, ` +
      `${read.newCommunes} new communes; ${read.splitCommunes} old communes were split.`,
    `Shares: ${Object.entries(read.shares)
      .map(([share, count]) => `${share} ${count}`)
      .join(", ")}.`,
    ...describeFindings("Left out", dropped),
    ...describeFindings("Mended", repaired),
    ...databases.map(
      ({ sector, units, successions }) =>
        `${sector}: units ${units.inserted} new, ${units.changed} changed, ${units.kept} as before, ` +
        `${units.beyond} not in the table; successors ${successions.inserted} new, ` +
        `${successions.changed} changed, ${successions.kept} as before, ${successions.removed} removed.`,
    ),
  ].join("\n");
}

function describeFindings(title: string, findings: readonly Finding[]): string[] {
  if (findings.length === 0) return [`${title}: nothing.`];
  return findings.flatMap(({ reason, count, examples }) => [
    `${title}, ${count} × ${reason}:`,
    ...examples.map((example) => `  ${example}`),
    ...(count > examples.length ? [`  and ${count - examples.length} more`] : []),
  ]);
}
