import { useState, type FormEvent } from "react";
import { Button, Checkbox, FormGroup, HTMLSelect, InputGroup } from "@blueprintjs/core";
import { useCredentialTypes, useSaveCredential, type CredentialData } from "../api/credentials";
import type { Credential } from "../api/types";
import { CallbackAddress } from "./credential-connection";
import { CredentialFields } from "./credential-fields";
import { CredentialUsers } from "./credential-users";
import { ProblemCallout } from "./problem-callout";

interface Props {
  workspace: string;
  credential?: Credential; // absent: a new one
  types?: string[]; // types of a new one; absent: all
  onClose: () => void;
  onSaved?: (credential: Pick<Credential, "id">) => void;
}

// Make a credential, or give one another name, value or list of hosts. A value is written, never read.
export function CredentialForm({ workspace, credential, types: fitting, onClose, onSaved }: Props) {
  const types = useCredentialTypes().filter((known) => fitting?.includes(known.name) ?? true);
  const save = useSaveCredential(workspace, credential?.id);
  const [name, setName] = useState(credential?.name ?? "");
  const [hosts, setHosts] = useState(credential?.hosts ?? "");
  const [typeName, setTypeName] = useState(credential?.type ?? fitting?.[0] ?? "http_bearer");
  const [replaces, setReplaces] = useState(credential === undefined);
  const [data, setData] = useState<CredentialData>({});
  const type = types.find((known) => known.name === typeName);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate(
      { name, hosts, ...(credential === undefined && { type: typeName }), ...(replaces && { data }) },
      { onSuccess: (saved) => { onSaved?.(saved); onClose(); } },
    );
  };
  return (
    <form className="credential-form" onSubmit={submit} aria-label={credential ? `Change ${credential.name}` : "New credential"}>
      <FormGroup label="Name" labelFor="credential-name">
        <InputGroup id="credential-name" value={name} required autoFocus onValueChange={setName} />
      </FormGroup>
      {credential === undefined ? (
        <FormGroup label="Type" labelFor="credential-type" helperText={type?.summary}>
          <HTMLSelect id="credential-type" fill value={typeName} options={types.map((known) => ({ value: known.name, label: known.title }))}
            onChange={(event) => { setTypeName(event.target.value); setData({}); }} />
        </FormGroup>
      ) : (
        <>
          <CredentialUsers workspace={workspace} id={credential.id} />
          <Checkbox checked={replaces} onChange={(event) => setReplaces(event.currentTarget.checked)}>Replace the value</Checkbox>
        </>
      )}
      {replaces && <CallbackAddress type={typeName} />}
      {replaces && type && <CredentialFields type={type} data={data} onChange={setData} />}
      {type?.apply !== "signature" && (
        <FormGroup label="Hosts" labelFor="credential-hosts" helperText="Those it may be sent to, such as api.example.com, *.example.org. Empty: any.">
          <InputGroup id="credential-hosts" value={hosts} onValueChange={setHosts} />
        </FormGroup>
      )}
      {save.isError && <ProblemCallout error={save.error} />}
      <div className="credential-form-end">
        <Button variant="minimal" onClick={onClose}>Cancel</Button>
        <Button type="submit" intent="primary" loading={save.isPending} disabled={replaces && type === undefined}>Save</Button>
      </div>
    </form>
  );
}
