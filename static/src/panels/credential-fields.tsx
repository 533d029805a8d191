import type { ReactNode } from "react";
import { Button, Checkbox, FormGroup, HTMLSelect, InputGroup, TextArea } from "@blueprintjs/core";
import { Add, Cross } from "@blueprintjs/icons";
import type { CredentialData, CredentialValue } from "../api/credentials";
import type { CredentialType, Param } from "../api/types";
import { isShown } from "../lib/show-when";

type Pair = { name: string; value: string };

interface Props {
  type: CredentialType;
  data: CredentialData;
  onChange: (data: CredentialData) => void;
}

interface FieldProps {
  field: Param;
  id: string;
  value: CredentialValue | undefined;
  onSet: (value: CredentialValue | undefined) => void;
}

const pairsOf = (value: CredentialValue | undefined): Pair[] => (Array.isArray(value) ? value : []);
const textOf = (value: CredentialValue | undefined) => (typeof value === "string" || typeof value === "number" ? String(value) : "");

function PairList({ field, value, onSet }: FieldProps) {
  const pairs = pairsOf(value);
  const set = (at: number, change: Partial<Pair>) => onSet(pairs.map((pair, i) => (i === at ? { ...pair, ...change } : pair)));
  return (
    <FormGroup label={field.label} helperText={field.help}>
      {pairs.map((pair, i) => (
        <div className="credential-pair" key={i}>
          <InputGroup aria-label={`${field.label}, name ${i + 1}`} placeholder="Name" value={pair.name} required onValueChange={(name) => set(i, { name })} />
          <InputGroup aria-label={`${field.label}, value ${i + 1}`} placeholder="Value" type="password" autoComplete="new-password" value={pair.value} required
            onValueChange={(changed) => set(i, { value: changed })} />
          <Button variant="minimal" icon={<Cross />} aria-label={`Remove ${field.label} ${i + 1}`} onClick={() => onSet(pairs.filter((_pair, at) => at !== i))} />
        </div>
      ))}
      <Button size="small" icon={<Add size={14} />} onClick={() => onSet([...pairs, { name: "", value: "" }])}>Add</Button>
    </FormGroup>
  );
}

function TextLine({ field, id, value, onSet }: FieldProps) {
  const isNumber = field.type === "int";
  return (
    <InputGroup id={id} type={field.secret ? "password" : isNumber ? "number" : "text"} autoComplete={field.secret ? "new-password" : "off"} required={field.required}
      placeholder={field.placeholder} min={isNumber ? field.min : undefined} max={isNumber ? field.max : undefined} value={textOf(value)}
      onValueChange={(text) => onSet(text === "" ? undefined : isNumber ? Number(text) : text)} />
  );
}

// A key of several lines: no browser hides those, so the letters are drawn as dots.
function TextLines({ field, id, value, onSet }: FieldProps) {
  return (
    <TextArea id={id} fill rows={4} required={field.required} placeholder={field.placeholder} spellCheck={false} autoComplete="off" value={textOf(value)}
      className={field.secret ? "is-secret" : undefined} onChange={(event) => onSet(event.target.value === "" ? undefined : event.target.value)} />
  );
}

function Choice({ field, id, value, onSet }: FieldProps) {
  return (
    <HTMLSelect id={id} fill value={textOf(value) || String(field.default ?? "")} options={field.choices ?? []} onChange={(event) => onSet(event.target.value)} />
  );
}

const lines: Partial<Record<Param["type"], (props: FieldProps) => ReactNode>> = { text: TextLines, enum: Choice };

function Field({ field, id, value, onSet }: FieldProps) {
  if (field.type === "list") return <PairList field={field} id={id} value={value} onSet={onSet} />;
  if (field.type === "bool") {
    const isOn = value === undefined ? String(field.default) === "true" : value === true;
    return <Checkbox checked={isOn} onChange={(event) => onSet(event.currentTarget.checked)}>{field.label}{field.help && <span className="quiet"> {field.help}</span>}</Checkbox>;
  }
  const Line = lines[field.type] ?? TextLine;
  return (
    <FormGroup label={field.label} labelFor={id} labelInfo={field.required ? undefined : "(optional)"} helperText={field.help}>
      <Line field={field} id={id} value={value} onSet={onSet} />
    </FormGroup>
  );
}

// The form of a type, from its rows in the catalog: a new type needs no code here.
export function CredentialFields({ type, data, onChange }: Props) {
  return (
    <>
      {type.fields.filter((field) => isShown(type.fields, field, data)).map((field) => (
        <Field key={field.name} field={field} id={`credential-${field.name}`} value={data[field.name]}
          onSet={(changed) => onChange({ ...data, [field.name]: changed })} />
      ))}
    </>
  );
}
