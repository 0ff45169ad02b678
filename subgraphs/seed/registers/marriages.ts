import { dayText, yearOf } from "../day.ts";
import { impossibleDay, shares } from "../defects.ts";
import { overFrom, spouseIn, type Marriage, type MarriageEnd } from "../marriage.ts";
import { nameOn, pinOn, type Person } from "../person.ts";
import type { Entry, Registrar } from "./book.ts";
import { lacksPins } from "./act-without-pin.ts";
import { amendmentTable, marriageEndTable, marriageTable } from "./civil-status-tables.ts";
import { isEndNoted } from "./population.ts";
import { birthDate, type Records } from "./records.ts";

/** Marriages that were registered twice by mistake, and the second entry cancelled. */
const shareEnteredTwice = 0.0006;

/** Writes a marriage and what ended it; notes for both spouses what the book lacks. */
export function writeMarriage(records: Records, registrar: Registrar, marriage: Marriage): void {
  const { random, flaws, write } = records;
  const { husband, wife, foreigner, form, day, enteredOn, place } = marriage;
  if (enteredOn === null) {
    noteForBoth(
      records,
      marriage,
      form === "ABROAD" ? "FOREIGN_MARRIAGE_NOT_NOTED" : "MARRIAGE_NOT_REGISTERED",
    );
    return;
  }
  if (flaws.marriagesNotDigitised.has(marriage)) {
    noteForBoth(records, marriage, "MARRIAGE_NOT_DIGITISED");
    return;
  }
  const named = [husband, wife].filter((person) => person !== null);
  const id = registrar.nextId("marriage");
  const bare = lacksPins(records, { table: "marriage", id, registeredOn: enteredOn }, named);
  const unreadable = !bare && !wife.arranged && random.chance(shares.impossibleDate);
  if (unreadable) noteForBoth(records, marriage, "IMPOSSIBLE_DATE", { act: "marriage", id });
  const pin = (person: Person | null) => (bare || !person?.pin ? null : pinOn(person, enteredOn));
  const row = {
    form,
    husband_pin: pin(husband),
    husband_name: husband ? nameOn(husband, enteredOn) : (foreigner?.name ?? ""),
    husband_birth_date: husband ? birthDate(husband) : null,
    wife_pin: pin(wife),
    wife_name: nameOn(wife, enteredOn),
    wife_birth_date: birthDate(wife),
    date: unreadable ? null : dateInBook(marriage),
    date_text: unreadable ? impossibleDay(day) : null,
    country: form === "ABROAD" ? (foreigner?.country ?? null) : null,
  };
  write(marriageTable, { id, ...row, ...registrar.enter("KH", place, enteredOn), status: "VALID" });
  writeEnd(records, registrar, marriage, id);
  if (!wife.arranged && random.chance(shareEnteredTwice)) {
    const twice = registrar.nextId("marriage");
    const entry = registrar.enter("KH", place, enteredOn);
    write(marriageTable, { id: twice, ...row, ...entry, status: "CANCELLED" });
    write(amendmentTable, {
      id: registrar.nextId("amendment"),
      act: "MARRIAGE",
      act_id: twice,
      kind: "CANCELLATION",
      field: null,
      value_before: null,
      value_after: null,
      decision: `Quyết định ${random.between(1, 60)}/${yearOf(enteredOn)}/QĐ-UBND`,
      effective_from: dayText(enteredOn + 20),
    });
  }
}

/** Of old unions, and of those whose book was lost, people remember the month or the year. */
function dateInBook({ form, day }: Marriage): string {
  const text = dayText(day);
  if (form !== "DE_FACTO" && form !== "RE_REGISTERED") return text;
  const mark = Math.abs(day) % 10;
  return mark < 5 ? text.slice(0, 4) : mark < 7 ? text.slice(0, 7) : text;
}

function writeEnd(records: Records, registrar: Registrar, marriage: Marriage, id: number): void {
  const { random, today, flaws, write } = records;
  const { end, place } = marriage;
  if (end === null) return;
  if (flaws.judgmentsUnknown.has(marriage)) {
    noteForBoth(records, marriage, "JUDGMENT_UNKNOWN");
    return;
  }
  const noted = isEndNoted(marriage, flaws);
  if (!noted)
    noteForBoth(records, marriage, end.noted ? "DIVORCE_NOT_NOTED" : "FOREIGN_DIVORCE_NOT_NOTED");
  const notedOn = Math.min(today, end.effective + random.between(3, end.country ? 600 : 40));
  write(marriageEndTable, {
    id: registrar.nextId("marriage_end"),
    marriage_id: id,
    kind: end.kind,
    ...describeJudgment(random.between(1, 480), end, place.district),
    ...(noted ? registrar.enter("KH", place, notedOn) : notEntered),
    status: "VALID",
  });
}

const notEntered: { readonly [Key in keyof Entry]: null } = {
  book: null,
  number: null,
  unit_code: null,
  unit_from: null,
  office: null,
  registered_on: null,
};

function describeJudgment(number: number, end: MarriageEnd, district: string) {
  const { judgment, effective, country } = end;
  // A decision that recognises an agreement (QĐST) takes effect at once, a judgment (HNGĐ-ST) later.
  const kind = judgment === effective ? "QĐST-HNGĐ" : "HNGĐ-ST";
  return {
    judgment_number: country === null ? `${number}/${yearOf(judgment)}/${kind}` : null,
    court: country === null ? `Tòa án nhân dân ${district}` : `Tòa án tại ${country}`,
    judgment_date: dayText(judgment),
    effective_from: dayText(effective),
    country,
  };
}

type Kind = Parameters<Records["note"]>[0]["kind"];

function noteForBoth(
  { note, today }: Records,
  marriage: Marriage,
  kind: Kind,
  more: Readonly<Record<string, unknown>> = {},
): void {
  const over = overFrom(marriage);
  for (const person of [marriage.husband, marriage.wife]) {
    if (person === null || person.pin === null) continue;
    const spouse = spouseIn(marriage, person);
    note({
      pin: person.pin,
      register: "CIVIL_STATUS",
      kind,
      truth: {
        ...more,
        date: dayText(marriage.day),
        form: marriage.form,
        spouse: spouse?.pin ?? null,
        spouseName: spouse ? nameOn(spouse, marriage.day) : (marriage.foreigner?.name ?? null),
        overOn: over > today ? null : dayText(over),
        end: marriage.end?.kind ?? null,
      },
    });
  }
}
