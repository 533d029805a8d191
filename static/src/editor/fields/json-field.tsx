import { useState } from "react";
import { TextArea } from "@blueprintjs/core";
import { formatJson, parseJson } from "../../lib/lossless";
import { useForm } from "../form-context";
import type { FieldProps } from "./field";

// A text that is JSON stands for its value, any other for itself: hello needs no quotes, "5" does.
function read(text: string): unknown {
  if (text.trim() === "") return undefined;
  try {
    return parseJson(text);
  } catch {
    return text;
  }
}

function write(value: unknown): string {
  if (value === undefined) return "";
  return typeof value === "string" && read(value) === value ? value : formatJson(value, 2);
}

// Keep the text as it is typed while it means the value.
export function JsonField({ row, value, id, describedBy, isBad, set }: FieldProps) {
  const [typed, setTyped] = useState(() => write(value));
  const text = formatJson(read(typed)) === formatJson(value) ? typed : write(value);
  const isBroken = typeof value === "string" && /^\s*[[{"]/.test(text) && read(text) === text;
  return (
    <>
      <TextArea id={id} fill autoResize rows={1} className="code-input" spellCheck={false} value={text} placeholder={row.placeholder ?? "Text, a number, or JSON"} aria-describedby={describedBy}
        intent={isBad ? "danger" : "none"} disabled={useForm().readOnly} onChange={(event) => { setTyped(event.target.value); set(read(event.target.value)); }} />
      {isBroken && <p className="field-note">This is no JSON yet, so it is taken as text.</p>}
    </>
  );
}
