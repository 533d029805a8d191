import { Button, FormGroup, InputGroup } from "@blueprintjs/core";
import { Add, Cross } from "@blueprintjs/icons";
import type { CredentialData } from "../api/credentials";
import type { CredentialType, Param } from "../api/types";

type Pair = { name: string; value: string };

interface Props {
  type: CredentialType;
  data: CredentialData;
  onChange: (data: CredentialData) => void;
}

const pairsOf = (value: CredentialData[string] | undefined): Pair[] => (Array.isArray(value) ? value : []);

function PairList({ field, pairs, onChange }: { field: Param; pairs: Pair[]; onChange: (pairs: Pair[]) => void }) {
  const set = (at: number, change: Partial<Pair>) => onChange(pairs.map((pair, i) => (i === at ? { ...pair, ...change } : pair)));
  return (
    <FormGroup label={field.label}>
      {pairs.map((pair, i) => (
        <div className="credential-pair" key={i}>
          <InputGroup aria-label={`${field.label}, name ${i + 1}`} placeholder="Name" value={pair.name} required onValueChange={(name) => set(i, { name })} />
          <InputGroup aria-label={`${field.label}, value ${i + 1}`} placeholder="Value" type="password" autoComplete="new-password" value={pair.value} required
            onValueChange={(value) => set(i, { value })} />
          <Button variant="minimal" icon={<Cross />} aria-label={`Remove ${field.label} ${i + 1}`} onClick={() => onChange(pairs.filter((_pair, at) => at !== i))} />
        </div>
      ))}
      <Button size="small" icon={<Add size={14} />} onClick={() => onChange([...pairs, { name: "", value: "" }])}>Add</Button>
    </FormGroup>
  );
}

// The form of a type, from its rows in the catalog: a new type needs no code here.
export function CredentialFields({ type, data, onChange }: Props) {
  return (
    <>
      {type.fields.map((field) => {
        const value = data[field.name];
        const set = (changed: CredentialData[string]) => onChange({ ...data, [field.name]: changed });
        if (field.type === "list") return <PairList key={field.name} field={field} pairs={pairsOf(value)} onChange={set} />;
        return (
          <FormGroup key={field.name} label={field.label} labelFor={`credential-${field.name}`}>
            <InputGroup id={`credential-${field.name}`} type={field.secret ? "password" : "text"} autoComplete={field.secret ? "new-password" : "off"}
              required value={typeof value === "string" ? value : ""} onValueChange={set} />
          </FormGroup>
        );
      })}
    </>
  );
}
