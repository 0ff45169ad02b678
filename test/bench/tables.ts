import type { CountryResult, Measurement } from "./bench.ts";

const ours = "lien-thong";

/** Our gateway beside the stock one, a row for each number of connections and gateway, with ratios. */
export function compareTable({
  citizens,
  measurements,
  callsPerRequest,
  checkedAnswers,
  wrongAnswers,
}: CountryResult): string {
  const rows = measurements.map((m) => [
    String(m.connections),
    m.gateway,
    m.requestsPerSecond.toFixed(0),
    m.p50.toFixed(1),
    m.p95.toFixed(1),
    m.p99.toFixed(1),
    m.cpuMs.toFixed(2),
    String(m.failures),
  ]);
  const ratios = [...new Set(measurements.map(({ connections }) => connections))].flatMap(
    (connections) => {
      const [a, b] = [true, false].map((isOurs) =>
        measurements.find((m) => m.connections === connections && (m.gateway === ours) === isOurs),
      );
      return a && b ? [ratioLine(connections, a, b)] : [];
    },
  );
  const calls = Object.entries(callsPerRequest).map(
    ([gateway, bySector]) =>
      `  ${gateway}: ${Object.entries(bySector)
        .map(([sector, count]) => `${sector} ${count.toFixed(2)}`)
        .join(", ")}`,
  );
  return [
    `\n${citizens} citizens`,
    align([
      [
        "connections",
        "gateway",
        "requests/s",
        "p50 ms",
        "p95 ms",
        "p99 ms",
        "cpu ms/request",
        "failures",
      ],
      ...rows,
    ]),
    ...ratios,
    "calls to each sector a request:",
    ...calls,
    `answers held against the registers: ${checkedAnswers}, wrong: ${wrongAnswers}`,
  ].join("\n");
}

function ratioLine(connections: number, a: Measurement, b: Measurement): string {
  const ratio = (x: number, y: number) => `${(x / y).toFixed(2)}x`;
  return (
    `${connections} connections, ours to stock: requests per gateway CPU second ${ratio(b.cpuMs, a.cpuMs)}, ` +
    `requests/s ${ratio(a.requestsPerSecond, b.requestsPerSecond)}, p50 ${ratio(a.p50, b.p50)}, p95 ${ratio(a.p95, b.p95)}`
  );
}

/** The same look-up over a small and a large country. */
export function sizeTable(small: CountryResult, large: CountryResult): string {
  const lines = large.measurements.flatMap((big) => {
    const little = small.measurements.find(
      (m) => m.gateway === ours && m.connections === big.connections,
    );
    return little
      ? [
          `${big.connections} connections: p95 ${little.p95.toFixed(1)} ms at ${small.citizens} citizens, ` +
            `${big.p95.toFixed(1)} ms at ${large.citizens}: ${(big.p95 / little.p95).toFixed(2)}x`,
        ]
      : [];
  });
  return [compareTable(large), ...lines].join("\n");
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
