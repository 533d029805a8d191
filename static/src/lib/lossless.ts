// JSON with every digit of its numbers. JSON.parse rounds 9007199254740993 and 0.12345678901234567890; the
// source text that newer engines give a reviver is missing in browsers that people still use, so this is a library's
// work, and only where a text holds a number that a double would change.

import { LosslessNumber, parse, stringify } from "lossless-json";

// A number of 16 characters or more, one with an exponent, or -0: behind what may stand before a number. In a text it
// may match by chance, which costs time alone.
const mayLose = /(?:^|[\s,:[])(?:-?\d[\d.]{15,}|-?\d[\d.]*[eE]|-0(?![\d.]))/;

function numberOf(text: string): number | LosslessNumber {
  const value = Number(text);
  return String(value) === text ? value : new LosslessNumber(text);
}

// Numbers that a double keeps are plain ones; the others print as they came.
export function parseJson(text: string): unknown {
  return mayLose.test(text) ? parse(text, null, numberOf) : JSON.parse(text);
}

export function formatJson(value: unknown, indent?: number): string {
  return stringify(value, null, indent) ?? "";
}
