import { Link } from "react-router-dom";
import { useCredential } from "../api/credentials";
import type { CredentialUsed } from "../api/types";
import { TimeAgo } from "./time-ago";

function Names({ workspace, list }: { workspace: string; list: CredentialUsed["workflows"] }) {
  return list.map((workflow, i) => (
    <span key={workflow.id}>{i > 0 && ", "}<Link to={`/w/${workspace}/workflows/${workflow.id}`}>{workflow.name}</Link></span>
  ));
}

// Users of a credential: on the air, in drafts, and workflows whose calls it was for.
export function CredentialUsers({ workspace, id }: { workspace: string; id: string }) {
  const used = useCredential(workspace, id).data;
  if (used === undefined) return null;
  const drafts = used.drafts.filter((draft) => !used.workflows.some((workflow) => workflow.id === draft.id));
  return (
    <div className="quiet credential-users">
      <p>{used.workflows.length === 0 ? "No published workflow uses it." : <>Used by <Names workspace={workspace} list={used.workflows} />. Their next calls are made with what you save here.</>}</p>
      {drafts.length > 0 && <p>Drafts that name it: <Names workspace={workspace} list={drafts} />.</p>}
      {used.uses.length > 0 && (
        <p>Last calls: {used.uses.slice(0, 5).map((use, i) => (
          <span key={use.id}>{i > 0 && ", "}{use.name} <TimeAgo at={use.used_at} /></span>
        ))}.</p>
      )}
    </div>
  );
}
