import { Button } from "@blueprintjs/core";
import { Add, ArrowUp, Cross } from "@blueprintjs/icons";
import { useForm } from "../form-context";
import { ParamRows } from "../param-form";
import type { FieldProps } from "./field";

type Entry = Record<string, unknown>;

// A list of entries, each a form of the row's own table.
export function ListField({ row, value, at, set }: FieldProps) {
  const entries = Array.isArray(value) ? (value as Entry[]) : [];
  const { readOnly } = useForm();
  const drop = (index: number) => set(entries.filter((_entry, other) => other !== index));
  const raise = (index: number) => set(entries.map((entry, other) => (other === index ? entries[index - 1] : other === index - 1 ? entries[index] : entry)));

  return (
    <div className="list-field" role="group" aria-label={row.label}>
      {entries.map((entry, index) => (
        <div className="list-entry" key={index} role="group" aria-label={`${row.label}, ${index + 1}`}>
          <div className="list-entry-head">
            <span className="quiet">{index + 1}</span>
            {index > 0 && <Button size="small" variant="minimal" disabled={readOnly} icon={<ArrowUp size={14} />} aria-label={`Move ${row.label} ${index + 1} up`} onClick={() => raise(index)} />}
            <Button size="small" variant="minimal" disabled={readOnly} icon={<Cross size={14} />} aria-label={`Remove ${row.label} ${index + 1}`} onClick={() => drop(index)} />
          </div>
          <ParamRows table={row.fields ?? []} values={entry ?? {}} at={`${at}[${index}]`} onSet={(inner, to) => set(to, [index, ...inner])} />
        </div>
      ))}
      <Button size="small" icon={<Add size={14} />} disabled={readOnly || (row.max !== undefined && row.max > 0 && entries.length >= row.max)} onClick={() => set([...entries, {}])}>Add to {row.label.toLowerCase()}</Button>
    </div>
  );
}
