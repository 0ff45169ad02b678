import type { Lane } from "../../schema/terms.ts";

/** What came of officers' questions, each of which costs the owner one record. */
export interface Questions {
  /** Answered by the owner. */
  answered: number;
  /** By the code of the error in an answer's place; `gone` where the gateway went away. */
  readonly refused: Record<string, number>;
}

export interface Load {
  readonly result: Questions;
  /** Resolves as soon as this holds. */
  until(holds: (result: Questions) => boolean): Promise<void>;
  /** Lets the officers finish what they have asked. */
  stop(): Promise<Questions>;
}

/** How often somebody was told that the day is spent. */
export function exhaustions({ refused }: Questions): number {
  return refused["QUOTA_EXHAUSTED"] ?? 0;
}

/** Whether anybody was. */
export function isExhausted(result: Questions): boolean {
  return exhaustions(result) > 0;
}

let nextPerson = 0;

/** Officers who ask about one person after the other, none twice, until told to stop or the gateway is gone. */
export function beginLoad(
  url: string,
  { officers = 16, lane = "counter" }: { officers?: number; lane?: Lane } = {},
): Load {
  const result: Questions = { answered: 0, refused: {} };
  const over = new AbortController();
  const watchers = new Set<() => void>();
  const note = (code: string | undefined) => {
    if (code === undefined) result.answered++;
    else result.refused[code] = (result.refused[code] ?? 0) + 1;
    for (const look of watchers) look();
  };
  const work = async () => {
    while (!over.signal.aborted)
      try {
        note(await ask(url, lane));
      } catch {
        note("gone");
        return;
      }
  };
  const worked = Promise.all(Array.from({ length: officers }, work));
  return {
    result,
    until: (holds) =>
      new Promise((resolve) => {
        const look = () => {
          if (!holds(result)) return;
          watchers.delete(look);
          resolve();
        };
        watchers.add(look);
        look();
      }),
    async stop() {
      over.abort();
      await worked;
      return result;
    },
  };
}

/** Asks about somebody; the first error's code, if any. */
async function ask(url: string, lane: Lane): Promise<string | undefined> {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-lane": lane },
    body: JSON.stringify({
      query: "query ($pin: PIN!) { citizen(pin: $pin) { fullName } }",
      variables: { pin: `00109${String(nextPerson++).padStart(7, "0")}` },
    }),
  });
  const { errors } = (await response.json()) as {
    errors?: readonly { readonly extensions: { readonly code: string } }[];
  };
  return errors?.[0]?.extensions.code;
}
