import { useState } from "react";
import { Button, Dialog, DialogBody, HTMLSelect } from "@blueprintjs/core";
import { Add, Edit, Play, WarningSign } from "@blueprintjs/icons";
import { useAllCredentials, useCredentialTypes } from "../../api/credentials";
import { ApiError } from "../../api/client";
import { useMay } from "../../api/session";
import type { Credential } from "../../api/types";
import { allowsHost, hostOf } from "../../lib/hosts";
import { ConnectButton, CredentialConnection } from "../../panels/credential-connection";
import { CredentialForm } from "../../panels/credential-form";
import { CredentialTrial } from "../../panels/credential-trial";
import { useForm } from "../form-context";
import type { FieldProps } from "./field";

type Dialogs = "new" | "change" | "try";
const titles: Record<Dialogs, string> = { new: "New credential", change: "Change the credential", try: "Try the credential" };

// Fault of the chosen credential, told before any run meets it.
function faultOf(chosen: string, credential: Credential | undefined, types: string[], address: unknown): string | undefined {
  const host = hostOf(address);
  if (chosen === "") return undefined;
  if (credential === undefined) return "This credential is not here: it was deleted, or it is another workspace’s. Choose one that is.";
  if (types.length > 0 && !types.includes(credential.type)) return "This node takes no credential of its type. Choose another.";
  if (host !== undefined && !allowsHost(credential.hosts, host)) return `It may not be sent to ${host}, but to ${credential.hosts}. Change its hosts, or choose another.`;
  return undefined;
}

// The credentials that fit, and a new one, a trial and a sign-in without leaving the node. What is in one is never shown.
export function CredentialField({ row, value, id, describedBy, isBad, set }: FieldProps) {
  const { workspace, credentialTypes, params, readOnly } = useForm();
  const [open, setOpen] = useState<Dialogs>();
  const mayWrite = useMay(workspace, "credential.write");
  const types = row.credential_type?.split(",") ?? credentialTypes;
  const list = useAllCredentials(workspace);
  const all = list.data ?? [];
  const fitting = all.filter((credential) => types.includes(credential.type));
  const chosen = value == null ? "" : String(value);
  const credential = all.find((entry) => entry.id === chosen);
  const kind = useCredentialTypes().find((known) => known.name === credential?.type);
  const isOdd = chosen !== "" && !fitting.some((entry) => entry.id === chosen);
  const isDenied = list.error instanceof ApiError && list.error.problem.status === 403;
  const fault = list.isSuccess ? faultOf(chosen, credential, types, params.url) : isDenied ? "You may not see this workspace’s credentials, so that none can be chosen here." : undefined;
  const close = () => setOpen(undefined);

  return (
    <>
      <div className="credential-field">
        <HTMLSelect id={id} fill value={chosen} aria-describedby={fault ? `${id}-fault` : describedBy} aria-invalid={isBad || fault !== undefined} disabled={readOnly || isDenied} onChange={(event) => set(event.target.value || undefined)}
          options={[{ value: "", label: row.required ? "Choose…" : "None" }, ...(isOdd ? [{ value: chosen, label: credential ? `${credential.name} (another type)` : "One that is not here" }] : []),
            ...fitting.map((entry) => ({ value: entry.id, label: entry.name }))]} />
        <Button icon={<Add size={14} />} disabled={readOnly || !mayWrite} onClick={() => setOpen("new")}>New</Button>
      </div>
      {fault && <p className="credential-fault" id={`${id}-fault`}><WarningSign size={14} />{fault}</p>}
      {credential && mayWrite && !readOnly && (
        <div className="credential-tools">
          {kind && kind.apply !== "signature" && <Button size="small" icon={<Play size={14} />} onClick={() => setOpen("try")}>Test</Button>}
          <Button size="small" icon={<Edit size={14} />} onClick={() => setOpen("change")}>Change</Button>
          <ConnectButton workspace={workspace} credential={credential} />
        </div>
      )}
      {credential && <CredentialConnection credential={credential} />}
      <Dialog isOpen={open !== undefined} title={open && titles[open]} onClose={close}>
        <DialogBody>
          {open === "new" && <CredentialForm workspace={workspace} types={types} onClose={close} onSaved={(made) => set(made.id)} />}
          {open === "change" && credential && <CredentialForm workspace={workspace} credential={credential} onClose={close} />}
          {open === "try" && credential && <CredentialTrial workspace={workspace} credential={credential} address={hostOf(params.url) && typeof params.url === "string" && !params.url.startsWith("=") ? params.url : undefined} onClose={close} />}
        </DialogBody>
      </Dialog>
    </>
  );
}
