import { onTestFinished } from "vitest";
import { readHeadsBy } from "../../../gateway/audit/tree-head.ts";
import type { TreeHead } from "../../../gateway/audit/tree-head.ts";
import type { ExternalHeads } from "../../../gateway/audit/verify.ts";
import { openSigningKeys } from "../../../gateway/identity/signing-keys.ts";
import { makeFullKeyFolder } from "../../support/signing-keys.ts";

/** Real keys of a gateway, gone when the test ends. */
export async function openKeys() {
  const folder = await makeFullKeyFolder(0);
  const keys = await openSigningKeys({
    folder: folder.path,
    now: Date.now,
    onFailure: (error) => {
      throw error;
    },
  });
  onTestFinished(() => {
    keys.stop();
    return folder.remove();
  });
  return {
    folder,
    sign: (payload: string) => keys.sign("head", payload),
    signAsEvidence: (payload: string) => keys.sign("evidence", payload),
    readHead: readHeadsBy(keys.publicKeys().keys),
  };
}

/** Heads as if they lay in a folder. */
export function layOut(
  heads: readonly Pick<TreeHead, "jws">[],
  readHead: ExternalHeads["readHead"],
): ExternalHeads {
  return {
    readHead,
    files: (async function* () {
      for (const [place, { jws }] of heads.entries()) yield { name: `head ${place}`, jws };
    })(),
  };
}
