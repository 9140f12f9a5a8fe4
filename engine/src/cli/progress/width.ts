import { stripVTControlCharacters } from "node:util";

/** East Asian wide letters and pictures take two columns of a terminal; marks take none. */
const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;
const none = /\p{Mn}|\p{Me}|\p{Cf}/u;

/** Columns that a text takes; colours take none. */
export function widthOf(text: string): number {
  let width = 0;
  for (const letter of stripVTControlCharacters(text)) width += columnsOf(letter);
  return width;
}

/** A text's beginning that fits into that many columns, with its colours ended. */
export function cut(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  let left = Math.max(0, columns - 1);
  let result = "";
  for (const piece of text.split(/(\p{Cc}\[[0-9;]*m)/u)) {
    if (piece.startsWith("\u001b")) {
      result += piece;
      continue;
    }
    for (const letter of piece) {
      left -= columnsOf(letter);
      if (left < 0) return `${result}…${text.includes("\u001b") ? "\u001b[0m" : ""}`;
      result += letter;
    }
  }
  return result;
}

function columnsOf(letter: string): number {
  if (none.test(letter)) return 0;
  return wide.test(letter) ? 2 : 1;
}
