import { InputGroup, Tag } from "@blueprintjs/core";
import { useForm } from "../form-context";
import type { FieldProps } from "./field";

const forms = { int: /^-?\d+$/, number: /^-?\d+(\.\d+)?$/ };

// A number that a double keeps. What is half typed, or too long, stays the text that it is, and validation says so.
function read(text: string, type: string): unknown {
  if (text === "") return undefined;
  return forms[type === "int" ? "int" : "number"].test(text) && String(Number(text)) === text ? Number(text) : text;
}

export function NumberField({ row, value, id, describedBy, isBad, set }: FieldProps) {
  return (
    <InputGroup id={id} fill inputMode={row.type === "int" ? "numeric" : "decimal"} autoComplete="off" value={value == null ? "" : String(value)} placeholder={row.default == null ? undefined : String(row.default)}
      rightElement={row.unit ? <Tag minimal>{row.unit}</Tag> : undefined} aria-describedby={describedBy} intent={isBad ? "danger" : "none"} disabled={useForm().readOnly}
      onValueChange={(text) => set(read(text.trim(), row.type))} />
  );
}
