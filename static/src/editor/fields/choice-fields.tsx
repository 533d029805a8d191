import { HTMLSelect, Switch } from "@blueprintjs/core";
import { useForm } from "../form-context";
import type { FieldProps } from "./field";

export function SwitchField({ row, value, id, describedBy, set }: FieldProps) {
  const isOn = value == null ? row.default === true || row.default === "true" : value === true || value === "true";
  return (
    <Switch id={id} checked={isOn} aria-describedby={describedBy} disabled={useForm().readOnly} innerLabelChecked="Yes" innerLabel="No" onChange={(event) => set(event.currentTarget.checked)} />
  );
}

// A value that is none of the choices, from a newer release perhaps, stays and is shown.
export function ChoiceField({ row, value, id, describedBy, isBad, set }: FieldProps) {
  const chosen = value == null ? String(row.default ?? "") : String(value);
  const choices = row.choices ?? [];
  const known = choices.some((choice) => choice.value === chosen);
  const options = [...(known ? [] : [{ value: chosen, label: chosen === "" ? "Choose…" : chosen }]), ...choices];
  return (
    <HTMLSelect id={id} fill value={chosen} options={options} aria-describedby={describedBy} aria-invalid={isBad} disabled={useForm().readOnly} onChange={(event) => set(event.target.value || undefined)} />
  );
}
