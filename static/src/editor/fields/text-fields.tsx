import { InputGroup, TextArea } from "@blueprintjs/core";
import { useForm } from "../form-context";
import type { FieldProps } from "./field";

function shown(value: unknown): string {
  return value == null ? "" : typeof value === "object" ? JSON.stringify(value) : String(value);
}

function hint({ row }: FieldProps): string | undefined {
  return row.placeholder ?? (row.default == null || row.default === "" ? undefined : String(row.default));
}

// An empty text is no value, unless the default is another that it has to stand against.
function written({ row }: FieldProps, text: string): string | undefined {
  return text === "" && !row.default ? undefined : text;
}

export function TextField(props: FieldProps) {
  const { row, value, id, describedBy, isBad, set } = props;
  return (
    <InputGroup id={id} fill type={row.secret ? "password" : "text"} autoComplete={row.secret ? "new-password" : "off"} spellCheck={false} value={shown(value)} placeholder={hint(props)}
      aria-describedby={describedBy} intent={isBad ? "danger" : "none"} disabled={useForm().readOnly} onValueChange={(text) => set(written(props, text))} />
  );
}

export function LongTextField(props: FieldProps) {
  const { value, id, describedBy, isBad, set } = props;
  return (
    <TextArea id={id} fill autoResize rows={3} value={shown(value)} placeholder={hint(props)} aria-describedby={describedBy} intent={isBad ? "danger" : "none"}
      disabled={useForm().readOnly} onChange={(event) => set(written(props, event.target.value))} />
  );
}
