import { parseArgs } from "node:util";
import { isRole, roles } from "../../schema/roles.ts";
import { askForToken } from "../local/development-grant.ts";
import { asksForHelp, failed, misused } from "./command.ts";
import type { Command } from "./command.ts";

/** Where `start` has its issuer, unless told otherwise. */
export const defaultIssuerPort = 4010;

const help = `lien-thong token --as ROLE — prints an access token of the development issuer of a running \`start\`

  --as ROLE           ${roles.join(", ")}
  --agency CODE       the agency that the person works for
  --unit CODE         the administrative unit whose business the person does
  --subject ID        who the person is, toward the issuer and in the log
  --pin PIN           a citizen's own personal number
  --acr LEVEL         level of a citizen's identity; 2 where face and chip were compared
  --expires SECONDS   how long it is valid, 3600 by default
  --issuer URL        http://localhost:${defaultIssuerPort} by default, or OIDC_ISSUER
  --json
  --help

Each role has a ready-made person; what is not said is that person's. The token stands alone on the last line.`;

export const token: Command = {
  name: "token",
  summary: "print an access token of the development issuer",
  async run(args) {
    if (asksForHelp(args)) {
      console.log(help);
      return 0;
    }
    let wish: Wish;
    try {
      wish = readWish(args);
    } catch (error) {
      return misused((error as Error).message, "token");
    }
    try {
      const issued = await askForToken(wish.issuer, wish.claims);
      console.log(wish.json ? JSON.stringify({ token: issued }) : issued);
      return 0;
    } catch (error) {
      return failed(error);
    }
  },
};

interface Wish {
  readonly issuer: string;
  readonly json: boolean;
  /** As the development grant takes them. */
  readonly claims: Readonly<Record<string, string>>;
}

function readWish(args: readonly string[]): Wish {
  const { values } = parseArgs({
    args: [...args],
    options: {
      as: { type: "string" },
      agency: { type: "string" },
      unit: { type: "string" },
      subject: { type: "string" },
      pin: { type: "string" },
      acr: { type: "string" },
      expires: { type: "string" },
      issuer: { type: "string" },
      json: { type: "boolean", default: false },
    },
  });
  const { as: role, json, issuer, ...claims } = values;
  if (!isRole(role))
    throw new Error(
      `--as must be one of ${roles.join(", ")}${role === undefined ? "" : `, not ${JSON.stringify(role)}`}.`,
    );
  const address = issuer ?? (process.env["OIDC_ISSUER"] || `http://localhost:${defaultIssuerPort}`);
  if (!URL.canParse(address))
    throw new Error(`--issuer must be a URL, not ${JSON.stringify(address)}.`);
  return { issuer: address.replace(/\/$/, ""), json, claims: { role, ...claims } };
}
