import type { Dossier } from "../support/truth.ts";
import { dossierBody } from "./load.ts";
import type { Candidate } from "./measure.ts";
import type { Sources } from "./sources.ts";

/** As many as the load has: answers go astray where requests share calls. */
const atOnce = 32;

/**
 * Holds a gateway's answers against what the sectors know, many asked at once.
 *
 * @returns how many answers said something else
 */
export async function countWrongAnswers(
  { gateway, nextPerson }: Candidate,
  sources: Sources,
  answers: number,
): Promise<number> {
  let left = answers;
  let wrong = 0;
  const askOneByOne = async () => {
    while (left-- > 0) {
      const pin = nextPerson();
      const citizen = await askDossier(gateway.url, pin);
      if (citizen?.pin !== pin || !(await sources.isRight(pin, citizen))) wrong++;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, askOneByOne));
  return wrong;
}

async function askDossier(url: string, pin: string): Promise<Dossier | null> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: dossierBody(pin),
  });
  const { data } = (await response.json()) as { data?: { citizen: Dossier | null } };
  return data?.citizen ?? null;
}
