const escapes: Record<string, string> = {
  n: "\n",
  t: "\t",
  r: "\r",
  "\\": "\\",
  "'": "'",
  '"': '"',
};

/** The text of a Python string literal, as `repr` writes it. */
export function pythonLiteral(literal: string): string {
  const inside = /^(['"])(.*)\1$/s.exec(literal.trim())?.[2];
  if (inside === undefined) return literal;
  return inside.replace(
    /\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|(.))/g,
    (_match, byte, unit, point, char) => {
      const code = byte ?? unit ?? point;
      return code ? String.fromCodePoint(Number.parseInt(code, 16)) : (escapes[char] ?? char);
    },
  );
}
