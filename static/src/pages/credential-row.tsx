import { useState } from "react";
import { Button } from "@blueprintjs/core";
import { Edit, Trash } from "@blueprintjs/icons";
import { useCredentialTypes, useRemoveCredential } from "../api/credentials";
import type { Credential } from "../api/types";
import { CopyButton } from "../panels/copy-button";
import { CredentialForm } from "../panels/credential-form";
import { ProblemCallout } from "../panels/problem-callout";
import { TimeAgo } from "../panels/time-ago";

export function CredentialRow({ credential, workspace, mayWrite }: { credential: Credential; workspace: string; mayWrite: boolean }) {
  const remove = useRemoveCredential(workspace);
  const [isOpen, setOpen] = useState(false);
  const [isSure, setSure] = useState(false);
  const type = useCredentialTypes().find((known) => known.name === credential.type);

  return (
    <tr>
      <td data-label="Name" className="grows">
        <span className="row-title">{credential.name}</span>
        <div className="row-note">{credential.hosts === "" ? "For any host" : `For ${credential.hosts}`}</div>
        {isOpen && <CredentialForm workspace={workspace} credential={credential} onClose={() => setOpen(false)} />}
        {remove.isError && <ProblemCallout error={remove.error} />}
      </td>
      <td data-label="Type">{type?.title ?? credential.type}</td>
      <td data-label="Changed"><TimeAgo at={credential.updated_at} /></td>
      <td className="row-actions">
        <CopyButton text={credential.id} label={`Copy the id of ${credential.name}`} />
        {mayWrite && (
          <>
            <Button icon={<Edit size={14} />} size="small" aria-label={`Change ${credential.name}`} aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>Change</Button>
            {isSure ? (
              <Button icon={<Trash size={14} />} size="small" intent="danger" loading={remove.isPending} aria-label={`Really delete ${credential.name}`}
                onClick={() => remove.mutate(credential.id, { onSettled: () => setSure(false) })}>Really delete</Button>
            ) : (
              <Button icon={<Trash size={14} />} size="small" aria-label={`Delete ${credential.name}`} onClick={() => setSure(true)}>Delete</Button>
            )}
          </>
        )}
      </td>
    </tr>
  );
}
