import { useState, type FormEvent } from "react";
import { Button, FormGroup, HTMLSelect, InputGroup, Tag } from "@blueprintjs/core";
import { useTryCredential } from "../api/credentials";
import type { Credential } from "../api/types";
import { ProblemCallout } from "./problem-callout";

const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

// One call with it, and what came back: the answer to "is it right?".
export function CredentialTrial({ workspace, credential, address = "", onClose }: { workspace: string; credential: Credential; address?: string; onClose: () => void }) {
  const trial = useTryCredential(workspace, credential.id);
  const [url, setUrl] = useState(address);
  const [method, setMethod] = useState("GET");
  const told = trial.data;

  const submit = (event: FormEvent) => {
    event.preventDefault();
    trial.mutate({ url, method });
  };
  return (
    <form className="credential-form" onSubmit={submit} aria-label={`Try ${credential.name}`}>
      <FormGroup label="Address" labelFor="trial-url" helperText="The call is made, whatever it does there. An address that only tells who asks is best.">
        <InputGroup id="trial-url" type="url" value={url} required autoFocus placeholder="https://api.example.com/me" onValueChange={setUrl} />
      </FormGroup>
      <FormGroup label="Method" labelFor="trial-method">
        <HTMLSelect id="trial-method" fill value={method} options={methods} onChange={(event) => setMethod(event.target.value)} />
      </FormGroup>
      {trial.isError && <ProblemCallout error={trial.error} />}
      {told && (
        <div className="trial-told" role="status">
          <p><Tag intent={told.ok ? "success" : "danger"} minimal>{told.status}</Tag> {told.url} <span className="quiet">in {told.duration_ms} ms</span></p>
          {told.text && <pre tabIndex={0} aria-label="The beginning of the answer">{told.text}</pre>}
        </div>
      )}
      <div className="credential-form-end">
        <Button variant="minimal" onClick={onClose}>Close</Button>
        <Button type="submit" intent="primary" loading={trial.isPending}>Make the call</Button>
      </div>
    </form>
  );
}
