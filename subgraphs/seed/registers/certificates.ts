import { coversYear } from "../coverage.ts";
import { dayOf, yearOf, yearsBetween, type Day } from "../day.ts";
import { isFree, spouseIn } from "../marriage.ts";
import { homeOn, isAliveOn, nameOn, pinOn, type Person } from "../person.ts";
import { officeName } from "../places.ts";
import type { Registrar } from "./book.ts";
import { lacksPins } from "./act-without-pin.ts";
import { certificateTable } from "./civil-status-tables.ts";
import type { Records } from "./records.ts";

/** Since this day it must not be asked of anybody who marries (Decree 07/2025). */
const endAtMarriages = dayOf(2025, 1, 9);
/** The certificate of a book that nobody digitised is not in the database. */
const booksAreElectronicFrom = 2016;

const otherPurposes = [
  "Vay vốn ngân hàng",
  "Mua bán, chuyển nhượng nhà đất",
  "Bổ sung hồ sơ xin việc",
  "Làm thủ tục bảo lãnh thân nhân",
];

/** The certificates of marital status that were issued to somebody, and that the database has. */
export function writeCertificates(records: Records, registrar: Registrar, person: Person): void {
  const { random, today } = records;
  for (const marriage of person.marriages) {
    const { day, place, form, husband } = marriage;
    const home = homeOn(person, day)?.household.commune;
    if (form !== "REGISTERED" || day >= endAtMarriages || husband === null || home === place)
      continue;
    const issued = day - random.between(4, 80);
    if (!isFree(person, issued) && person.marriages[0] !== marriage) continue;
    const spouse = spouseIn(marriage, person);
    issue(records, registrar, person, issued, {
      purpose: "Đăng ký kết hôn",
      other_party_name: spouse && nameOn(spouse, issued),
      marriage_place: officeName(place, issued),
    });
  }
  // For other ends; and some for a marriage that did not come about.
  if (!random.chance(0.02)) return;
  const issued = today - random.between(20, 5_000);
  if (yearsBetween(person.birth, issued) < 22 || !isAliveOn(person, issued)) return;
  const forMarriage = random.chance(0.08) && isFree(person, issued) && issued < endAtMarriages;
  if (forMarriage && person.marriages.length === 0)
    issue(records, registrar, person, issued, {
      purpose: "Đăng ký kết hôn",
      other_party_name:
        random.pick(records.community.people).stock.family +
        " " +
        random.pick(["Minh An", "Ngọc Lan", "Văn Hòa", "Thị Thu"]),
      marriage_place: officeName(random.pick(records.places.communes), issued),
    });
  else
    issue(records, registrar, person, issued, {
      purpose: random.pick(otherPurposes),
      other_party_name: null,
      marriage_place: null,
    });
}

function issue(
  records: Records,
  registrar: Registrar,
  person: Person,
  day: Day,
  what: { purpose: string; other_party_name: string | null; marriage_place: string | null },
): void {
  const { seed, write } = records;
  if (person.pin === null) return;
  const home = homeOn(person, day)?.household.commune ?? person.birthPlace;
  const year = yearOf(day);
  if (year < booksAreElectronicFrom && !coversYear(seed, home, "CERTIFICATE", year)) return;
  const id = registrar.nextId("certificate");
  const bare = lacksPins(records, { table: "certificate", id, registeredOn: day }, [person]);
  write(certificateTable, {
    id,
    pin: bare ? null : pinOn(person, day),
    full_name: nameOn(person, day),
    ...what,
    ...registrar.enter("TTHN", home, day),
    status: "VALID",
  });
}
