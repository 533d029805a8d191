import { useState } from "react";
import { Button, FormGroup, HTMLSelect, InputGroup } from "@blueprintjs/core";
import { useSetBreaker } from "../api/breakers";
import { useCallingTypes } from "../api/catalog";
import { ProblemCallout } from "./problem-callout";

// Open one by hand: all calls of the host are held back until somebody closes it.
export function BreakerForm({ workspace, onClose }: { workspace: string; onClose: () => void }) {
  const open = useSetBreaker(workspace, "open");
  const types = useCallingTypes();
  const [chosen, setChosen] = useState<string>();
  const type = chosen ?? types[0]?.value ?? "";
  const [host, setHost] = useState("");
  const [why, setWhy] = useState("");

  return (
    <form className="credential-form" aria-label="Open a breaker"
      onSubmit={(event) => { event.preventDefault(); open.mutate({ node_type: type, host, why }, { onSuccess: onClose }); }}>
      <p>Calls of this host are held back until somebody closes the breaker.</p>
      <FormGroup label="Node" labelFor="breaker-type">
        <HTMLSelect id="breaker-type" fill value={type} options={types} onChange={(event) => setChosen(event.target.value)} />
      </FormGroup>
      <FormGroup label="Host" labelFor="breaker-host" helperText="With its port where that is not the usual one; * is all hosts.">
        <InputGroup id="breaker-host" required value={host} placeholder="api.example.com" onChange={(event) => setHost(event.target.value)} />
      </FormGroup>
      <FormGroup label="Why" labelFor="breaker-why" helperText="Told to whoever is held back.">
        <InputGroup id="breaker-why" value={why} onChange={(event) => setWhy(event.target.value)} />
      </FormGroup>
      {open.isError && <ProblemCallout error={open.error} />}
      <div className="credential-form-end">
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" intent="danger" loading={open.isPending}>Hold calls back</Button>
      </div>
    </form>
  );
}
