import type { Pin, Sex } from "../../schema/values/pin.ts";
import { dayOf, type Day } from "./day.ts";
import type { FormerPin, PinFault } from "./person.ts";
import type { Random } from "./random.ts";
import type { SerialNumbers } from "./serial-numbers.ts";

/** What a personal number is made from. */
export interface Bearer {
  readonly place: string;
  readonly sex: Sex;
  readonly year: number;
  readonly birth: Day;
  readonly death: Day | null;
  readonly today: Day;
}

/** Numbers re-established because they were wrong, and wrong ones that nobody has noticed yet. */
const shareReissued = 0.003;
const shareWrong = 0.001;

/** Numbers came with the population database; one is re-established from then on. */
const firstReissues = dayOf(2016, 6, 1);

/** Somebody's number; with the one before it, or with a fault, in a few lives of a thousand. */
export function drawNumbers(
  random: Random,
  serials: SerialNumbers,
  bearer: Bearer,
): { pin: Pin; formerPin: FormerPin | null; pinFault: PinFault | null } {
  const { place, sex, year, birth, death, today } = bearer;
  const fault: PinFault = random.chance(0.5) || year % 100 === 0 ? "SEX" : "YEAR";
  const wrong = () =>
    fault === "SEX"
      ? serials.nextPin(place, sex === "MALE" ? "FEMALE" : "MALE", year)
      : serials.nextPin(place, sex, year - 1);
  const share = random.unit();
  if (share < shareWrong) return { pin: wrong(), formerPin: null, pinFault: fault };
  const right = serials.nextPin(place, sex, year);
  const earliest = Math.max(birth + 400, firstReissues);
  const latest = Math.min(death ?? today, today) - 30;
  if (share > shareWrong + shareReissued || earliest > latest)
    return { pin: right, formerPin: null, pinFault: null };
  const replacedOn = random.between(earliest, latest);
  return { pin: right, formerPin: { pin: wrong(), replacedOn }, pinFault: null };
}
