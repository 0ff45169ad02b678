import { readSectors } from "../../schema/sectors.ts";
import type { Comparison } from "./compare.ts";
import type { IdentityCost } from "./identity.ts";
import type { Measurement, Ratio } from "./measure.ts";

/** Seconds for which some sector's answers may be kept. */
const longestKept = Math.max(...readSectors().map(({ terms }) => terms.cacheSeconds));

/** Gateways beside each other, a row for each number of connections and gateway, with ratios. */
export function compareTable(comparison: Comparison): string {
  const { sources, measurements, ratios, calls, checkedAnswers, wrongAnswers, askedAgainAfter } =
    comparison;
  const sectors = Object.keys(calls[0]?.bySector ?? {});
  return [
    `\nOver ${sources}`,
    measured(measurements),
    ...compared(ratios),
    "\nCalls a request, at 32 connections:",
    align([
      ["gateway", "agencies", "all", ...sectors],
      ...calls.map(({ gateway, agencies, total, bySector }) => [
        ...[gateway, String(agencies), total.toFixed(2)],
        ...sectors.map((sector) => bySector[sector]!.toFixed(2)),
      ]),
    ]),
    `\nAnswers held against what the sectors know: ${checkedAnswers}, wrong: ${wrongAnswers}`,
    ...(askedAgainAfter !== null && askedAgainAfter < longestKept
      ? [
          `People came again after ${askedAgainAfter.toFixed(0)} s, while a gateway may remember them: take more --citizens.`,
        ]
      : []),
  ].join("\n");
}

/** Ours with and without identity, policy and log. */
export function identityTable(cost: IdentityCost): string {
  const { measurements, ratios, checkedAnswers, differentAnswers } = cost;
  return [
    "\nThe dossier of a certificate, over lean stand-ins",
    measured(measurements),
    ...compared(ratios),
    `\nAnswers of both: ${checkedAnswers}, different: ${differentAnswers}`,
  ].join("\n");
}

function measured(measurements: readonly Measurement[]): string {
  return align([
    [
      ...["connections", "gateway", "requests/s", "p50 ms", "p95 ms", "p99 ms"],
      ...["cpu ms/request", "failures"],
    ],
    ...measurements.map((m) => [
      String(m.connections),
      m.gateway,
      m.requestsPerSecond.toFixed(0),
      m.p50.toFixed(1),
      m.p95.toFixed(1),
      m.p99.toFixed(1),
      m.cpuMs.toFixed(2),
      String(m.failures),
    ]),
  ]);
}

function compared(ratios: readonly Ratio[]): string[] {
  const [first] = ratios;
  if (first === undefined) return [];
  const times = (ratio: number) => `${ratio.toFixed(2)}x`;
  return [
    `\n${first.gateway} to the others:`,
    align([
      ["connections", "to", "requests/cpu s", "requests/s", "p50", "p95"],
      ...ratios.map((r) => [
        ...[String(r.connections), r.to, times(r.requestsPerCpuSecond)],
        ...[times(r.requestsPerSecond), times(r.p50), times(r.p95)],
      ]),
    ]),
  ];
}

/** The first gateway's times over a small and a large country. */
export function sizeTable(small: Comparison, large: Comparison): string {
  const lines = large.measurements.flatMap((big) => {
    const little = small.measurements.find(
      (m) => m.gateway === big.gateway && m.connections === big.connections,
    );
    if (!little) return [];
    const ratio = (big.p95 / little.p95).toFixed(2);
    return [
      `${big.connections} connections, p95: ${little.p95.toFixed(1)} ms over ${small.sources}, ` +
        `${big.p95.toFixed(1)} ms over ${large.sources}: ${ratio}x`,
    ];
  });
  return ["", ...lines].join("\n");
}

function align(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
