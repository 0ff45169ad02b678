import type { AuditLog } from "./log.ts";
import { HeadRefused } from "./tree-head.ts";

/**
 * A log that takes nothing on until its database was held against the newest published head: one that was
 * restored from an older copy would else be gone on with, and its loss be covered by new entries.
 *
 * @param confirm rejects with `HeadRefused` where the log does not go on from the head, which is final for
 *   this process, and with anything else where that cannot be told now, which is tried again
 */
export function openOnceConfirmed(
  log: AuditLog,
  confirm: () => Promise<void>,
): AuditLog & { readonly confirm: () => Promise<void> } {
  let confirmed = false;
  let refused: HeadRefused | undefined;
  let trying: Promise<void> | undefined;
  const attempt = async () => {
    if (refused) throw refused;
    try {
      await confirm();
      confirmed = true;
    } catch (error) {
      if (error instanceof HeadRefused) refused = error;
      throw error;
    } finally {
      trying = undefined;
    }
  };
  const confirmOnce = () => (trying ??= attempt());
  return {
    confirm: confirmOnce,
    async append(entries) {
      if (!confirmed) await confirmOnce();
      return await log.append(entries);
    },
    async check() {
      if (!confirmed) await confirmOnce();
      await log.check();
    },
  };
}
