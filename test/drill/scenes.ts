import { editRows, healthy } from "../support/faulty-source.ts";
import type { Fault, FaultySource } from "../support/faulty-source.ts";
import { unrecorded } from "./judge.ts";
import { strangeWords } from "./leaks.ts";
import type { Ledger } from "./ledger.ts";

/** What stands before each register, by name. */
export type Registers = Readonly<Record<string, FaultySource>>;

/** What can go wrong. */
export interface Breakable {
  readonly registers: Registers;
  readonly ledger: Ledger;
}

/** Something that goes wrong with sources or with what they need, and that users should hardly notice. */
export interface Scene {
  /** The word for it on the command line. */
  readonly name: string;
  readonly what: string;
  /** Sources whose fields may be lost meanwhile. */
  readonly sick: readonly string[];
  /** `mute`: nothing of use comes from them, so that their lines must open. */
  readonly mute: boolean;
  /** Reasons that errors give besides their code, where they give one. */
  readonly reasons?: readonly string[];
  /** Lets it go wrong; what comes back ends it. */
  begin(breakable: Breakable): Promise<End>;
}

type End = () => Promise<void>;

const ministries = ["civil-status", "health-insurance", "education"] as const;

/** All scenes, in order. A further one is an entry here; it needs no more than what `begin` is handed. */
export const scenes: readonly Scene[] = [
  dead("population"),
  behaving("slow", "answers after 3 s", { kind: "late", ms: 3_000 }, true),
  behaving("http-500", "answers HTTP 500", says(500, "text/plain", strangeWords), true),
  behaving(
    "garbage",
    "answers with a page, half a JSON and no GraphQL in turn",
    {
      kind: "in-turn",
      faults: [
        says(200, "text/html", `<p>${strangeWords}</p>`),
        says(200, "application/json", `{"data":{"_entities":[{"${strangeWords}`),
        says(200, "application/json", `["${strangeWords}"]`),
      ],
    },
    true,
  ),
  behaving("wrong-length", "answers with a row too many, or none", {
    kind: "in-turn",
    faults: [editRows((rows) => [...rows, rows[0]]), editRows(() => [])],
  }),
  behaving("swapped", "answers with rows of somebody else", swapRows()),
  behaving("flapping-calls", "cuts every second call", {
    kind: "in-turn",
    faults: [{ kind: "reset" }, healthy],
  }),
  {
    name: "flapping-seconds",
    what: "population is dead for a second, there for a second",
    sick: ["population"],
    mute: false,
    begin: ({ registers: { population } }) => flap(population!),
  },
  behaving("half-open", "accepts, and never says a word", { kind: "silent" }, true),
  behaving("cut", "is cut in mid-answer", { kind: "cut" }, true),
  ...ministries.map(dead),
  {
    name: "all-dead",
    what: "all ministries refuse connections",
    sick: ["population", ...ministries],
    mute: true,
    begin: ({ registers }) => die(Object.values(registers)),
  },
  {
    name: "ledger-gone",
    what: "the PostgreSQL of the ledger and of the log is stopped",
    // Nobody could be told afterwards who looked, so nothing is answered at all.
    sick: ["population", ...ministries],
    mute: false,
    reasons: [unrecorded, "LEDGER_UNAVAILABLE"],
    async begin({ ledger }) {
      await ledger.die();
      return () => ledger.live();
    },
  },
];

function dead(source: string): Scene {
  return {
    name: `${source}-dead`,
    what: `${source} refuses connections`,
    sick: [source],
    mute: true,
    begin: ({ registers }) => die([registers[source]!]),
  };
}

async function die(registers: readonly FaultySource[]): Promise<End> {
  await Promise.all(registers.map((register) => register.die()));
  return async () => void (await Promise.all(registers.map((register) => register.live())));
}

/** A scene in which the population register behaves in one way. */
function behaving(name: string, how: string, fault: Fault, mute = false): Scene {
  return {
    name,
    what: `population ${how}`,
    sick: ["population"],
    mute,
    async begin({ registers: { population } }) {
      population!.fault = fault;
      return async () => void (population!.fault = healthy);
    },
  };
}

function says(status: number, type: string, body: string): Fault {
  return { kind: "says", status, type, body };
}

/** Moves each row a place on, and the last one into the next answer to the same query. */
function swapRows(): Fault {
  const left = new Map<string, unknown>();
  return {
    kind: "edit",
    edit({ data, ...rest }, { query }) {
      const rows = data?.["_entities"];
      if (!Array.isArray(rows)) return { ...rest, data: data ?? null };
      const before = left.get(query) ?? rows.at(-1);
      left.set(query, rows.at(-1));
      return { ...rest, data: { ...data, _entities: [before, ...rows.slice(0, -1)] } };
    },
  };
}

/** Milliseconds of each half of its life. */
const beat = 1_000;

async function flap(register: FaultySource): Promise<End> {
  let turn = register.die();
  let alive = false;
  const beating = setInterval(() => {
    turn = turn.then(() => {
      alive = !alive;
      return alive ? register.live() : register.die();
    });
  }, beat);
  return async () => {
    clearInterval(beating);
    await turn;
    if (!alive) await register.live();
  };
}
