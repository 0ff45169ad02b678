import { dayText, yearOf, type Day } from "../day.ts";
import { impossibleDay, shares } from "../defects.ts";
import { dropMiddle, moveTone, slipOnce, swapVowels } from "../misspelling.ts";
import { fullName } from "../names.ts";
import { homeOn, isAliveOn, nameOn, pinOn, type Person } from "../person.ts";
import { lacksPins } from "./act-without-pin.ts";
import { hireRegistrar, type Registrar } from "./book.ts";
import { writeCertificates } from "./certificates.ts";
import { amendmentTable, birthTable, deathTable } from "./civil-status-tables.ts";
import { writeMarriage } from "./marriages.ts";
import { birthDate, requirePin, type Records } from "./records.ts";

/** Of the living, those whom a court declared dead and who came back; of deaths, the declared ones. */
const shareReturned = 0.0001;
const shareDeclared = 0.002;

/** Writes the civil-status register's rows of one community. */
export function writeCivilStatus(records: Records): void {
  const registrar = hireRegistrar(records.community.number);
  for (const marriage of records.community.marriages) writeMarriage(records, registrar, marriage);
  for (const person of records.community.people) {
    writeBirth(records, registrar, person);
    if (person.death !== null) writeDeath(records, registrar, person, person.death);
    else if (!person.arranged && records.random.chance(shareReturned))
      writeReturn(records, registrar, person);
    writeCertificates(records, registrar, person);
  }
}

function writeBirth(records: Records, registrar: Registrar, person: Person): void {
  const { random, today, write, note } = records;
  const { birth, birthPlace, renamed, mother, father } = person;
  const pin = requirePin(person);
  const registeredOn = Math.min(today, birth + random.between(2, yearOf(birth) < 1980 ? 200 : 55));
  // A child in a thousand has no birth registration yet, nor some of the newborn.
  if (!person.arranged && yearOf(birth) > 2006 && random.chance(0.001)) {
    note({
      pin,
      register: "CIVIL_STATUS",
      kind: "BIRTH_NOT_REGISTERED",
      truth: { birthDate: dayText(birth) },
    });
    return;
  }
  const id = registrar.nextId("birth");
  const bare = lacksPins(records, { table: "birth", id, registeredOn }, [person]);
  const right = nameOn(person, today);
  const name = person.arranged || bare ? right : misspell(records, person, right);
  if (renamed)
    write(amendmentTable, {
      id: registrar.nextId("amendment"),
      act: "BIRTH",
      act_id: id,
      kind: "CORRECTION",
      field: "full_name",
      value_before: fullName(person.name),
      value_after: fullName(renamed.name),
      decision: `Quyết định ${random.between(1, 90)}/${yearOf(renamed.on)}/QĐ-UBND`,
      effective_from: dayText(renamed.on),
    });
  write(birthTable, {
    id,
    pin: bare ? null : pinOn(person, registeredOn),
    full_name: name,
    sex: person.sex,
    birth_date: birthDate(person),
    birth_date_text: null,
    mother_pin: bare || !mother?.pin ? null : pinOn(mother, registeredOn),
    mother_name: mother ? nameOn(mother, registeredOn) : null,
    father_pin: bare || !father?.pin ? null : pinOn(father, registeredOn),
    father_name: father ? nameOn(father, registeredOn) : null,
    adopted: person.adopted,
    ...registrar.enter("KS", birthPlace, registeredOn),
    status: renamed ? "CORRECTED" : "VALID",
  });
}

function misspell({ random, note }: Records, person: Person, right: string): string {
  if (!random.chance(shares.nameDiffers)) return right;
  for (const slip of [random.pick([moveTone, swapVowels, dropMiddle]), slipOnce]) {
    const wrong = slip(right, random);
    if (wrong === right) continue;
    note({
      pin: requirePin(person),
      register: "CIVIL_STATUS",
      kind: "NAME_DIFFERS",
      truth: { name: right },
    });
    return wrong;
  }
  return right;
}

function writeDeath(records: Records, registrar: Registrar, person: Person, death: Day): void {
  const { random, today, flaws, write, note } = records;
  const pin = requirePin(person);
  if (flaws.deathsNotRegistered.has(person)) {
    note({
      pin,
      register: "CIVIL_STATUS",
      kind: "DEATH_NOT_REGISTERED",
      truth: { date: dayText(death) },
    });
    return;
  }
  const declared = random.chance(shareDeclared);
  const registeredOn = Math.min(
    today,
    death + (declared ? random.between(30, 400) : random.between(1, 15)),
  );
  const id = registrar.nextId("death");
  const bare = lacksPins(records, { table: "death", id, registeredOn }, [person]);
  const unreadable = !bare && random.chance(shares.impossibleDate);
  if (unreadable)
    note({
      pin,
      register: "CIVIL_STATUS",
      kind: "IMPOSSIBLE_DATE",
      truth: { act: "death", id, date: dayText(death) },
    });
  const place = homeOn(person, death)?.household.commune ?? person.birthPlace;
  write(deathTable, {
    id,
    pin: bare ? null : pinOn(person, registeredOn),
    full_name: nameOn(person, death),
    birth_date: birthDate(person),
    date: unreadable ? null : dayText(death),
    date_text: unreadable ? impossibleDay(death) : null,
    declared_by: declared ? `Tòa án nhân dân ${place.district}` : null,
    revoked_on: null,
    ...registrar.enter("KT", place, registeredOn),
    status: "VALID",
  });
}

/** Declared dead by a court, and alive: the revocation stands beside the act (Article 67). */
function writeReturn(records: Records, registrar: Registrar, person: Person): void {
  const { random, today, write } = records;
  const declared = today - random.between(900, 4_000);
  if (declared < person.birth + 9_000 || !isAliveOn(person, declared)) return;
  const place = homeOn(person, declared)?.household.commune ?? person.birthPlace;
  const court = `Tòa án nhân dân ${place.district}`;
  write(deathTable, {
    id: registrar.nextId("death"),
    pin: pinOn(person, declared),
    full_name: nameOn(person, declared),
    birth_date: birthDate(person),
    date: dayText(declared),
    date_text: null,
    declared_by: court,
    revoked_on: dayText(declared + random.between(300, 800)),
    ...registrar.enter("KT", place, declared + random.between(10, 60)),
    status: "VALID",
  });
}
