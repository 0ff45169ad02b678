import type { Role } from "../../schema/roles.ts";

/** Somebody whose token the development issuer gives: the claims that the gateway reads. */
export interface Person {
  /** The claim `sub`. */
  readonly subject: string;
  /** Code of the agency that the person works for; a citizen works for none. */
  readonly agency?: string;
  /** Code of the administrative unit whose business the person does. */
  readonly unit?: string;
  /** A citizen's own personal number. */
  readonly pin?: string;
  /** Level of a citizen's identity: "2" is one whose face and chip were compared. */
  readonly acr?: string;
}

/** One for each role, to try all of it on one machine. Nobody of them is real. */
export const readyMadePeople: Readonly<Record<Role, Person>> = {
  "counter-officer": { subject: "officer-lan", agency: "ubnd-00004", unit: "00004" },
  "case-officer": { subject: "officer-minh", agency: "ubnd-00004", unit: "00004" },
  "education-clerk": { subject: "clerk-hoa", agency: "sgddt-01", unit: "01" },
  integrator: { subject: "integrator-tuan", agency: "cntt-01" },
  operator: { subject: "operator-dung", agency: "cntt-01" },
  auditor: { subject: "auditor-mai", agency: "thanh-tra-01" },
  citizen: { subject: "citizen", acr: "2" },
};
