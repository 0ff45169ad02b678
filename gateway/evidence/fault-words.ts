import type { EvidenceFault } from "./verify.ts";

/** A sentence in both languages of the house. */
export interface Sentence {
  readonly vi: string;
  readonly en: string;
}

/** What a reader is told of each fault, and what to do. */
export const faultWords: Readonly<Record<EvidenceFault, Sentence>> = {
  UNKNOWN_KEY: {
    vi: "Bằng chứng được ký bằng một khóa không phải của cổng này, hoặc của cổng mà bạn chưa có khóa. Hãy lấy lại các khóa của cổng.",
    en: "It was signed with a key that is none of this gateway's as you have them. Fetch the gateway's keys anew.",
  },
  NOT_SIGNED: {
    vi: "Bằng chứng đã bị thay đổi hoặc chưa từng được ký. Đừng dựa vào giấy tờ này.",
    en: "The evidence was changed, or was never signed. Do not rely on the document.",
  },
  REVOKED: {
    vi: "Cơ quan đã thu hồi bằng chứng này. Hãy hỏi cơ quan ghi trên giấy tờ.",
    en: "The agency has revoked this evidence. Ask the agency that is named on the document.",
  },
  OTHER_RECORD: {
    vi: "Giấy tờ này mang mã của một bằng chứng khác. Đừng dựa vào giấy tờ này.",
    en: "The document bears the id of other evidence. Do not rely on it.",
  },
  OTHER_PEOPLE: {
    vi: "Bằng chứng này được ký cho người khác, hoặc mã muối trên giấy tờ không đúng. Đừng dựa vào giấy tờ này.",
    en: "It was signed for other people, or the salt on the document is not its own. Do not rely on it.",
  },
  OTHER_QUESTION: {
    vi: "Bằng chứng này được ký cho một câu hỏi khác, ví dụ cho ngày khác. Đừng dựa vào giấy tờ này.",
    en: "It was signed for another question, such as one about another day. Do not rely on it.",
  },
  OTHER_ANSWER: {
    vi: "Nội dung giấy tờ khác với nội dung đã ký. Đừng dựa vào giấy tờ này.",
    en: "What the document says is not what was signed. Do not rely on it.",
  },
};
