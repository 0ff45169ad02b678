/** What a person who signs in may be; the claim `role` of an access token. */
export const roles = [
  "counter-officer",
  "case-officer",
  "education-clerk",
  "integrator",
  "operator",
  "auditor",
  "citizen",
] as const;

export type Role = (typeof roles)[number];

/** Whether a text names a role. */
export function isRole(text: unknown): text is Role {
  return (roles as readonly unknown[]).includes(text);
}
