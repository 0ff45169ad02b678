/**
 * The 63 places of birth registration that a personal number can open with (Circular 59/2021/TT-BCA),
 * as three-digit codes of the provinces until 30/06/2025. The codes outlive the mergers: 015 stays Yên
 * Bái in a number given before, whatever unit 15 is today. Countries of birth abroad have codes above
 * these that no published list names.
 */
export const knownPinPlaces: ReadonlySet<string> = new Set(
  (
    "001 002 004 006 008 010 011 012 014 015 017 019 020 022 024 025 026 027 030 031 033 " +
    "034 035 036 037 038 040 042 044 045 046 048 049 051 052 054 056 058 060 062 064 066 " +
    "067 068 070 072 074 075 077 079 080 082 083 084 086 087 089 091 092 093 094 095 096"
  ).split(" "),
);
