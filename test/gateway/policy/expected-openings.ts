import type { Role } from "../../../schema/roles.ts";

/**
 * What each purpose is meant to open, written down by hand from what its procedure needs, and not from the
 * owners' SDL: a line that somebody adds there must be meant here, too.
 *
 * By type, the fields of a citizen whom the request names.
 */
export const expectedOpenings: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  // The certificate's form (Decree 123/2015): names, birth, sex, nationality, residences and the time at
  // each, marital status. Neither insurance nor schooling, nor who the parents are.
  "marital-status-certificate": certificateOf(),
  // The same of both: whether each is free, by Law 52/2014, Article 8.
  "marriage-registration": certificateOf(),
  // Who the pupil and his parents are, and where he was at school; where he lives only as yes or no.
  "pupil-enrolment": {
    Query: "citizen citizens",
    Citizen:
      "pin currentPin formerPins fullName sex birthDate birthDateText birthRegisteredAt father mother residesIn birthRegistration pupilCode enrolments",
    BirthRegistration:
      "fullName birthDate birthDateText registeredAt mother motherName father fatherName entry",
    BookEntry: "book number office registeredOn status",
    Enrolment: "school className grade level schoolYear state",
  },
  // One name, and whether its bearer lives there.
  "utility-supply": { Query: "citizen citizens", Citizen: "pin fullName residesIn" },
  // What two registers can be compared by.
  "data-cleaning": {
    Query: "citizen citizens",
    Citizen:
      "pin currentPin formerPins pinFlags fullName otherNames sex birthDate birthDateText deathDate birthRegistration pupilCode enrolments",
    BirthRegistration: "fullName birthDate birthDateText registeredAt",
    Enrolment: "school className grade level schoolYear state",
  },
  // All of it.
  "own-data": {
    ...certificateOf(),
    Query: "citizen citizens me",
    Me: "accessLog",
    AccessRecord: "index at agency purpose case fields proof",
    Citizen:
      "pin currentPin formerPins pinFlags fullName otherNames sex birthDate birthDateText birthRegisteredAt nativePlace nationality deathDate father mother maritalMark spouseOnRecord residences historyCompleteFrom residesIn maritalHistory birthRegistration deathRegistration maritalCertificates healthInsurance healthInsuranceCards pupilCode enrolments",
    Residence:
      "kind address unit unitsNow country from to endReason destination fileNumber relationToHead",
    BirthRegistration:
      "fullName birthDate birthDateText registeredAt mother motherName father fatherName entry",
    HealthInsurance:
      "cardNumber socialInsuranceNumber group benefitLevel validFrom validTo continuousSince facility",
    Enrolment: "school className grade level schoolYear state",
  },
};

function certificateOf() {
  const event = "date dateText registeredAt spouse spouseName entry";
  return {
    Query: "citizen citizens",
    Citizen:
      "pin currentPin formerPins pinFlags fullName otherNames sex birthDate birthDateText nationality deathDate maritalMark spouseOnRecord residences historyCompleteFrom residesIn maritalHistory deathRegistration maritalCertificates",
    Residence: "kind address unit unitsNow country from to endReason destination",
    MaritalEvent: event,
    Marriage: `${event} form country`,
    Divorce: `${event} judgment`,
    Annulment: `${event} judgment`,
    SpouseDeath: event,
    BookEntry: "book number office registeredOn status",
    Judgment: "number court date effectiveFrom country",
    DeathRegistration: "date dateText registeredAt entry",
    MaritalCertificate: "registeredAt purpose entry",
  };
}

/** Purposes that open number and name of a citizen whom the request does not name, and never more. */
export const expectedForThirdParties = [
  "marital-status-certificate",
  "marriage-registration",
  "pupil-enrolment",
  "own-data",
];

/** What the gateway tells of itself: nothing about a person, and no citizen leads there. */
export const expectedOfTheGateway: Readonly<Record<string, string>> = {
  Query: "sources quota grants forecast auditLog treeHead inclusionProof consistencyProof alerts",
  Mutation: "grantQuota confirmCase",
  Source: "name owner state since retryAt",
  LaneQuota: "source lane limit used reserved resetsAt",
  QuotaGrant: "id agency source records from until reason grantedBy grantedAt heldToday usedToday",
  CaseConfirmation: "purpose case people reason confirmedBy",
  JobForecast: "name lane records endsAt endsAtWithLimit",
  // An auditor alone reads these, which the fields themselves see to.
  AuditLogPage: "entries more",
  AuditEntry:
    "index at kind agency purpose outcome units subject case person requestId operation fields sources facts more erased",
  AuditUnits: "source lane day units",
  AuditSource: "name status asOf",
  AuditAlert: "kind subject agency case since until count",
  TreeHead: "size at rootHash jws",
  InclusionProof: "index head path",
  ConsistencyProof: "from to path",
};

/** What the gateway itself keeps of the citizen who asks, and no citizen leads there. */
export const expectedOfTheAsker: Readonly<Record<string, string>> = {
  Me: "accessLog",
  AccessRecord: "index at agency purpose case fields proof",
};

/** What says nothing about a person, and needs no purpose. */
export const expectedImpersonal: Readonly<Record<string, string>> = {
  ...expectedOfTheGateway,
  AdministrativeUnit: "code validFrom name level validTo province",
  School: "code name unit",
  HealthFacility: "code name unit",
};

export const expectedPurposes: Readonly<Record<Role, readonly string[]>> = {
  "counter-officer": ["marital-status-certificate", "marriage-registration", "utility-supply"],
  "case-officer": ["marital-status-certificate", "marriage-registration", "data-cleaning"],
  "education-clerk": ["pupil-enrolment", "data-cleaning"],
  integrator: [],
  operator: [],
  auditor: [],
  citizen: ["own-data"],
};
