import { useState } from "react";
import { Button, Dialog, DialogBody, HTMLSelect } from "@blueprintjs/core";
import { Add } from "@blueprintjs/icons";
import { useCredentials } from "../../api/credentials";
import { CredentialForm } from "../../panels/credential-form";
import { useForm } from "../form-context";
import type { FieldProps } from "./field";

// The credentials that fit, and a new one without leaving the page. What is in one is never shown.
export function CredentialField({ row, value, id, describedBy, isBad, set }: FieldProps) {
  const { workspace, credentialTypes, readOnly } = useForm();
  const [isOpen, setOpen] = useState(false);
  const types = row.credential_type?.split(",") ?? credentialTypes;
  const all = useCredentials(workspace).data?.pages.flatMap((page) => page.items) ?? [];
  const fitting = all.filter((credential) => types.includes(credential.type));
  const chosen = value == null ? "" : String(value);
  const isMissing = chosen !== "" && !fitting.some((credential) => credential.id === chosen);

  return (
    <div className="credential-field">
      <HTMLSelect id={id} fill value={chosen} aria-describedby={describedBy} aria-invalid={isBad} disabled={readOnly} onChange={(event) => set(event.target.value || undefined)}
        options={[{ value: "", label: row.required ? "Choose…" : "None" }, ...(isMissing ? [{ value: chosen, label: "One that is not here" }] : []),
          ...fitting.map((credential) => ({ value: credential.id, label: credential.name }))]} />
      <Button icon={<Add size={14} />} disabled={readOnly} onClick={() => setOpen(true)}>New</Button>
      <Dialog isOpen={isOpen} title="New credential" onClose={() => setOpen(false)}>
        <DialogBody><CredentialForm workspace={workspace} types={types} onClose={() => setOpen(false)} onSaved={(made) => set(made.id)} /></DialogBody>
      </Dialog>
    </div>
  );
}
