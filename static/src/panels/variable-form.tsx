import { useState, type FormEvent } from "react";
import { Button, FormGroup, InputGroup, TextArea } from "@blueprintjs/core";
import { useSaveVariable, useVariable } from "../api/variables";
import type { Variable } from "../api/types";
import { ProblemCallout } from "./problem-callout";
import { UsedBy } from "./used-by";

interface Props {
  workspace: string;
  variable?: Variable; // absent: a new one
  onClose: () => void;
}

function VariableUse({ workspace, id }: { workspace: string; id: string }) {
  const used = useVariable(workspace, id).data;
  return used ? <UsedBy workspace={workspace} workflows={used.workflows}>Their runs see a change that begin after it.</UsedBy> : null;
}

// Make a variable, or give one another name or value.
export function VariableForm({ workspace, variable, onClose }: Props) {
  const save = useSaveVariable(workspace, variable?.id);
  const [name, setName] = useState(variable?.name ?? "");
  const [value, setValue] = useState(variable?.value ?? "");

  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate({ name, value }, { onSuccess: onClose });
  };
  return (
    <form className="credential-form" onSubmit={submit} aria-label={variable ? `Change ${variable.name}` : "New variable"}>
      <FormGroup label="Name" labelFor="variable-name" helperText={`Written $vars.${name === "" ? "name" : name} in expressions and code.`}>
        <InputGroup id="variable-name" value={name} required autoFocus onValueChange={setName} />
      </FormGroup>
      <FormGroup label="Value" labelFor="variable-value" helperText="A text that everybody in the workspace sees. A secret belongs in a credential.">
        <TextArea id="variable-value" fill autoResize value={value} onChange={(event) => setValue(event.target.value)} />
      </FormGroup>
      {variable && <VariableUse workspace={workspace} id={variable.id} />}
      {save.isError && <ProblemCallout error={save.error} />}
      <div className="credential-form-end">
        <Button variant="minimal" onClick={onClose}>Cancel</Button>
        <Button type="submit" intent="primary" loading={save.isPending}>Save</Button>
      </div>
    </form>
  );
}
