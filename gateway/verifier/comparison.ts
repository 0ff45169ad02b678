import { NotADocument, readDocument } from "../evidence/document.ts";
import { faultWords } from "../evidence/fault-words.ts";
import { verifyDocument } from "../evidence/verify.ts";
import type { EvidenceDocument } from "../evidence/verify.ts";
import { head, make, say, seal, tell } from "./elements.ts";
import type { ServedRecord } from "./served-record.ts";

/**
 * The part of the page where a reader puts the document that he has in hand. Nothing of it leaves the page: its
 * policy lets it speak to nobody.
 */
export function compareDocument(served: ServedRecord): HTMLElement {
  const verdict = make("div", { id: "verdict", role: "status" });
  let latest = 0;
  const compare = async (text: string) => {
    const turn = ++latest;
    verdict.replaceChildren();
    if (text.trim() === "") return;
    const words = await judge(text, served);
    // Only what was put in last counts.
    if (turn === latest) verdict.replaceChildren(...words);
  };
  const pasted = make("textarea", {
    id: "pasted",
    rows: 6,
    spellcheck: false,
    autocomplete: "off",
    oninput: () => void compare(pasted.value),
  });
  const file = make("input", {
    id: "file",
    type: "file",
    accept: ".json,application/json",
    async onchange() {
      pasted.value = "";
      await compare((await file.files?.[0]?.text()) ?? "");
    },
  });
  return make(
    "section",
    {},
    head("h2", { vi: "So sánh với giấy tờ trong tay", en: "Compare the document in hand" }),
    say({
      vi: "Chọn tệp kết quả tra cứu đã lưu, hoặc dán nội dung của nó. Việc so sánh diễn ra trên máy này; không có gì được gửi đi.",
      en: "Choose the saved file of the look-up result, or paste what is in it. It is compared on this machine; nothing is sent anywhere.",
    }),
    make("p", {}, make("label", { htmlFor: "file" }, "Tệp / File "), file),
    make("p", {}, make("label", { htmlFor: "pasted" }, "Nội dung / Content"), pasted),
    verdict,
  );
}

async function judge(text: string, { id, jws, keys }: ServedRecord): Promise<readonly Node[]> {
  let inHand: EvidenceDocument;
  try {
    inHand = readDocument(text);
  } catch (error) {
    if (!(error instanceof NotADocument)) throw error;
    return [seal("false", { vi: "Không đọc được giấy tờ này.", en: error.message })];
  }
  // A record of the document's own would prove what it likes; the page has the one of its address.
  if (inHand.jws !== jws || inHand.id !== id) return [seal("false", faultWords.OTHER_RECORD)];
  const verdict = await verifyDocument(inHand, {
    keys: { keys: [...keys] },
    isRevoked: () => false,
  });
  if (verdict.kind === "false") return [seal("false", faultWords[verdict.fault])];
  const { people, question, answer } = inHand;
  return [
    seal("genuine", {
      vi: "Giấy tờ này đúng như đã ký. Nội dung đã ký:",
      en: "The document is as it was signed. What was signed:",
    }),
    tell([
      [{ vi: "Số định danh cá nhân", en: "personal number" }, people.join(", ")],
      [{ vi: "Đã hỏi", en: "asked with" }, JSON.stringify(question.variables)],
    ]),
    make("pre", { id: "signed" }, JSON.stringify(answer, null, 2)),
    // What a field is called in an answer is the asker's choice; what it holds, the question says.
    make(
      "details",
      {},
      make("summary", {}, "Câu hỏi đã ký / The question that was signed"),
      make("pre", {}, question.operation),
    ),
  ];
}
