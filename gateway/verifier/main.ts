import { signingDay } from "../evidence/record.ts";
import { faultWords } from "../evidence/fault-words.ts";
import { verifyRecord } from "../evidence/verify.ts";
import type { SignedRecord } from "../evidence/verify.ts";
import { compareDocument } from "./comparison.ts";
import { head, say, seal, tell } from "./elements.ts";
import { readServedRecord } from "./served-record.ts";
import type { ServedRecord } from "./served-record.ts";
import "./page.css";

const main = document.querySelector<HTMLElement>("#evidence");
if (!main) throw new Error("The page has no element #evidence.");
main.replaceChildren(
  head("h1", { vi: "Kiểm tra bằng chứng", en: "Check of evidence" }),
  ...(await describe(readServedRecord(main.dataset["record"]))),
);

async function describe(served: ServedRecord | undefined): Promise<readonly Node[]> {
  if (served === undefined)
    return [
      seal("false", {
        vi: "Không có bằng chứng hợp lệ nào mang mã này.",
        en: "There is no genuine record of this id.",
      }),
      say({
        vi: "Hãy so lại mã với giấy tờ. Nếu đúng mã, đừng dựa vào giấy tờ và hãy hỏi cơ quan ghi trên đó.",
        en: "Compare the id with the document. If it is the same, do not rely on the document, and ask the agency that is named on it.",
      }),
    ];
  if (!isSecureContext)
    return [
      say({
        vi: "Trình duyệt chỉ kiểm tra được chữ ký khi trang được mở qua https.",
        en: "A browser can check signatures only on a page that was opened by https.",
      }),
    ];
  const verdict = await verifyRecord(served.jws, {
    keys: { keys: [...served.keys] },
    isRevoked: () => false,
  });
  if (verdict.kind === "false") return [seal("false", faultWords[verdict.fault])];
  return [...describeRecord(verdict), compareDocument(served)];
}

function describeRecord({ record, kid }: SignedRecord): readonly Node[] {
  return [
    seal("genuine", { vi: "Bằng chứng hợp lệ", en: "This evidence is genuine" }),
    tell([
      [
        { vi: "Ngày ký", en: "day of signing" },
        signingDay(record).split("-").toReversed().join("/"),
      ],
      [{ vi: "Cơ quan", en: "agency" }, record.agency],
      [{ vi: "Khóa ký", en: "signing key" }, kid],
      [{ vi: "Nguồn dữ liệu", en: "sources" }, record.sources.map(({ name }) => name).join(", ")],
    ]),
  ];
}
