import { useState } from "react";
import { Button, FormGroup, HTMLSelect } from "@blueprintjs/core";
import { useAskReplay } from "../api/replays";
import type { Execution, VersionSummary } from "../api/types";
import { useVersionChoices } from "../api/workflows";
import { formatTime } from "../lib/format";
import { ProblemCallout } from "./problem-callout";

interface Props {
  run: Execution;
  workspace: string;
  onAsked: (replay: string) => void;
  onClose: () => void;
}

function versionLabel(version: VersionSummary, isDraft: boolean): string {
  const what = [version.published && "on the air", isDraft && "the draft"].filter(Boolean).join(", ");
  return `Version ${version.number}${what && `, ${what}`}, saved ${formatTime(version.created_at)}`;
}

const own = ""; // the version that ran

// Ask for a run again without effects: with the version that ran as a proof, with another as a what-if.
export function ReplayForm({ run, workspace, onAsked, onClose }: Props) {
  const ask = useAskReplay(workspace, run.id);
  const versions = useVersionChoices(workspace, run.workflow_id);
  const [version, setVersion] = useState(own);
  const others = (versions.data?.items ?? []).map((entry, index) => ({ entry, isDraft: index === 0 })).filter(({ entry }) => entry.number !== run.version);
  const start = () => ask.mutate(version === own ? undefined : Number(version), { onSuccess: (started) => onAsked(started.execution_id) });

  return (
    <form className="credential-form" aria-label="Replay without effects" onSubmit={(event) => { event.preventDefault(); start(); }}>
      <FormGroup label="With" labelFor="replay-version" helperText={version === own
        ? "A proof: the run is computed again from what it journaled, and its digest has to be the same."
        : "A what-if: what that version would have done. It ends at the first call that the run had not made."}>
        <HTMLSelect id="replay-version" fill value={version} onChange={(event) => setVersion(event.target.value)}
          options={[{ value: own, label: run.version == null ? "The version that ran" : `Version ${run.version}, which ran` },
            ...others.map(({ entry, isDraft }) => ({ value: String(entry.number), label: versionLabel(entry, isDraft) }))]} />
      </FormGroup>
      <p className="quiet">Nobody is called and nothing is sent. It counts as a run.</p>
      {versions.isError && <ProblemCallout error={versions.error} onRetry={() => void versions.refetch()} />}
      {ask.isError && <ProblemCallout error={ask.error} />}
      <div className="credential-form-end">
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" intent="primary" loading={ask.isPending}>{version === own ? "Prove it" : "Show what would have happened"}</Button>
      </div>
    </form>
  );
}
