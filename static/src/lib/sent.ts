// A delivery's body as it is shown: JSON where it is some, else text; what is no text stays base64.

import { parseJson } from "./lossless";

export type Sent = { kind: "none" } | { kind: "json"; value: unknown } | { kind: "text"; value: string };

// A longer one is not read as JSON, so that the page stays usable: its beginning is shown.
const jsonMax = 1_000_000;
const textMax = 20_000;

function start(text: string): string {
  return text.length <= textMax ? text : `${text.slice(0, textMax)}\n… ${text.length - textMax} more characters`;
}

export function readSent(body: unknown): Sent {
  const text = typeof body === "string" ? body : String((body as { base64?: unknown } | null)?.base64 ?? "");

  if (text === "") return { kind: "none" };
  if (typeof body !== "string" || text.length > jsonMax || !/^\s*[[{]/.test(text)) return { kind: "text", value: start(text) };
  try {
    return { kind: "json", value: parseJson(text) };
  } catch {
    return { kind: "text", value: start(text) };
  }
}
