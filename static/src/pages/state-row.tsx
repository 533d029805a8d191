import { lazy, Suspense, useState } from "react";
import { Button } from "@blueprintjs/core";
import { EyeOpen, Trash } from "@blueprintjs/icons";
import { useForgetValue, useKeptValue } from "../api/state";
import type { State } from "../api/types";
import { formatBytes, formatTime, plural } from "../lib/format";
import { ProblemCallout } from "../panels/problem-callout";
import { TimeAgo } from "../panels/time-ago";

// The JSON view is large, and most looks at the list open none.
const JsonView = lazy(() => import("../panels/json-view").then((module) => ({ default: module.JsonView })));

const kinds: Record<State["kind"], string> = { value: "Value", static: "Static data", seen: "Items that were seen" };

function ownerText(row: State) {
  const owner = row.workflow_id === null ? "the whole workspace" : `the workflow ${row.workflow_name ?? row.workflow_id}`;
  return `${kinds[row.kind]} of ${owner}${row.node === "" ? "" : `, node ${row.node}`}`;
}

function ShownValue({ workspace, row }: { workspace: string; row: State }) {
  const shown = useKeptValue(workspace, row.id);

  if (shown.isError) return <ProblemCallout error={shown.error} />;
  if (!shown.data) return <p className="quiet">Loading …</p>;
  return <Suspense fallback={<p className="quiet">Loading …</p>}><JsonView value={shown.data.value} label={`Value of ${row.key}`} /></Suspense>;
}

export function StateRow({ row, workspace, mayWrite }: { row: State; workspace: string; mayWrite: boolean }) {
  const forget = useForgetValue(workspace);
  const [isOpen, setOpen] = useState(false);
  const [isSure, setSure] = useState(false);

  return (
    <tr>
      <td data-label="Key" className="grows">
        <span className="row-title">{row.key}</span>
        <div className="row-note">{ownerText(row)}{row.expires_at !== null && `, until ${formatTime(row.expires_at)}`}</div>
        {isOpen && <ShownValue workspace={workspace} row={row} />}
        {isSure && <p className="quiet" role="status">The next run finds nothing here once it is deleted.</p>}
        {forget.isError && <ProblemCallout error={forget.error} />}
      </td>
      <td data-label="Size">{formatBytes(row.bytes)}{row.kind === "seen" && <div className="row-note">{plural(row.entries, "item")}</div>}</td>
      <td data-label="Changed"><TimeAgo at={row.updated_at} /></td>
      <td className="row-actions">
        <Button icon={<EyeOpen size={14} />} size="small" aria-label={`View ${row.key}`} aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>View</Button>
        {mayWrite && (isSure ? (
          <Button icon={<Trash size={14} />} size="small" intent="danger" loading={forget.isPending} aria-label={`Really delete ${row.key}`}
            onClick={() => forget.mutate(row.id, { onSettled: () => setSure(false) })}>Really delete</Button>
        ) : (
          <Button icon={<Trash size={14} />} size="small" aria-label={`Delete ${row.key}`} onClick={() => setSure(true)}>Delete</Button>
        ))}
      </td>
    </tr>
  );
}
