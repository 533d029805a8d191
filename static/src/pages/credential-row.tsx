import { useState } from "react";
import { Button } from "@blueprintjs/core";
import { Edit, Play, Trash } from "@blueprintjs/icons";
import { useCredentialTypes, useRemoveCredential } from "../api/credentials";
import { ApiError } from "../api/client";
import type { Credential } from "../api/types";
import { CopyButton } from "../panels/copy-button";
import { ConnectButton, CredentialConnection } from "../panels/credential-connection";
import { CredentialForm } from "../panels/credential-form";
import { CredentialTrial } from "../panels/credential-trial";
import { ProblemCallout } from "../panels/problem-callout";
import { TimeAgo } from "../panels/time-ago";

// Asked once more, and where published workflows use it, once more with what that means.
function RemoveButton({ credential, remove }: { credential: Credential; remove: ReturnType<typeof useRemoveCredential> }) {
  const [isSure, setSure] = useState(false);
  const isUsed = remove.error instanceof ApiError && remove.error.problem.status === 409;
  const label = isUsed ? "Delete all the same" : isSure ? "Really delete" : "Delete";
  return (
    <Button icon={<Trash size={14} />} size="small" intent={isUsed || isSure ? "danger" : undefined} loading={remove.isPending} aria-label={`${label === "Delete all the same" ? "Delete all the same:" : label} ${credential.name}`}
      onClick={() => (isSure || isUsed ? remove.mutate({ id: credential.id, force: isUsed }, { onSettled: () => setSure(false) }) : setSure(true))}>{label}</Button>
  );
}

export function CredentialRow({ credential, workspace, mayWrite }: { credential: Credential; workspace: string; mayWrite: boolean }) {
  const remove = useRemoveCredential(workspace);
  const [open, setOpen] = useState<"change" | "try">();
  const type = useCredentialTypes().find((known) => known.name === credential.type);
  const toggle = (what: "change" | "try") => setOpen(open === what ? undefined : what);
  const close = () => setOpen(undefined);

  return (
    <tr>
      <td data-label="Name" className="grows">
        <span className="row-title">{credential.name}</span>
        <div className="row-note">{credential.hosts === "" ? "For any host" : `For ${credential.hosts}`}{credential.made_by && ` · made by ${credential.made_by}`}</div>
        <CredentialConnection credential={credential} />
        {open === "change" && <CredentialForm workspace={workspace} credential={credential} onClose={close} />}
        {open === "try" && <CredentialTrial workspace={workspace} credential={credential} onClose={close} />}
        {remove.isError && <ProblemCallout error={remove.error} />}
      </td>
      <td data-label="Type">{type?.title ?? credential.type}</td>
      <td data-label="Changed"><TimeAgo at={credential.updated_at} /></td>
      <td data-label="Last used">{credential.used_at ? <TimeAgo at={credential.used_at} /> : <span className="quiet">Never</span>}</td>
      <td className="row-actions">
        <CopyButton text={credential.id} label={`Copy the id of ${credential.name}`} />
        {mayWrite && (
          <>
            <ConnectButton workspace={workspace} credential={credential} />
            {type && type.apply !== "signature" && (
              <Button icon={<Play size={14} />} size="small" aria-label={`Try ${credential.name}`} aria-expanded={open === "try"} onClick={() => toggle("try")}>Try</Button>
            )}
            <Button icon={<Edit size={14} />} size="small" aria-label={`Change ${credential.name}`} aria-expanded={open === "change"} onClick={() => toggle("change")}>Change</Button>
            <RemoveButton credential={credential} remove={remove} />
          </>
        )}
      </td>
    </tr>
  );
}
