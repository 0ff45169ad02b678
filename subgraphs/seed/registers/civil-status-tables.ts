import type { Insertable } from "kysely";
import type {
  Amendment,
  Birth,
  BookCoverage,
  Certificate,
  Death,
  Marriage,
  MarriageEnd,
} from "../../civil-status/database/types.ts";
import type { Table } from "./records.ts";

const entry = [
  "book",
  "number",
  "unit_code",
  "unit_from",
  "office",
  "registered_on",
  "status",
] as const;

export const birthTable: Table<Insertable<Birth>> = {
  name: "birth",
  columns: [
    "id",
    "pin",
    "full_name",
    "sex",
    "birth_date",
    "birth_date_text",
    "mother_pin",
    "mother_name",
    "father_pin",
    "father_name",
    "adopted",
    ...entry,
  ],
};

export const marriageTable: Table<Insertable<Marriage>> = {
  name: "marriage",
  columns: [
    "id",
    "form",
    "husband_pin",
    "husband_name",
    "husband_birth_date",
    "wife_pin",
    "wife_name",
    "wife_birth_date",
    "date",
    "date_text",
    "country",
    ...entry,
  ],
};

export const marriageEndTable: Table<Insertable<MarriageEnd>> = {
  name: "marriage_end",
  columns: [
    "id",
    "marriage_id",
    "kind",
    "judgment_number",
    "court",
    "judgment_date",
    "effective_from",
    "country",
    ...entry,
  ],
};

export const deathTable: Table<Insertable<Death>> = {
  name: "death",
  columns: [
    "id",
    "pin",
    "full_name",
    "birth_date",
    "date",
    "date_text",
    "declared_by",
    "revoked_on",
    ...entry,
  ],
};

export const certificateTable: Table<Insertable<Certificate>> = {
  name: "certificate",
  columns: ["id", "pin", "full_name", "purpose", "other_party_name", "marriage_place", ...entry],
};

export const amendmentTable: Table<Insertable<Amendment>> = {
  name: "amendment",
  columns: [
    "id",
    "act",
    "act_id",
    "kind",
    "field",
    "value_before",
    "value_after",
    "decision",
    "effective_from",
  ],
};

export const coverageTable: Table<Insertable<BookCoverage>> = {
  name: "book_coverage",
  columns: ["unit_code", "unit_from", "book", "covered_from", "covered_to", "basis"],
};
