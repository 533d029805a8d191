import { useReplays } from "../api/replays";
import type { Execution } from "../api/types";
import { isProof, rowLook } from "../lib/replays";
import { ProblemCallout } from "./problem-callout";
import { ReplayVerdict } from "./replay-verdict";
import { TimeAgo } from "./time-ago";

interface Props {
  run: Execution;
  workspace: string;
  chosen: string | undefined;
  onChoose: (replay: string | undefined) => void;
  nameOf: (node: string) => string;
}

// The replays of a run, the latest first, and what came of the one that is chosen.
export function RunReplays({ run, workspace, chosen, onChoose, nameOf }: Props) {
  const replays = useReplays(workspace, run.id, chosen);
  const rows = replays.data?.items ?? [];

  if (replays.isError) return <ProblemCallout error={replays.error} onRetry={() => void replays.refetch()} />;
  if (rows.length === 0 && chosen === undefined) return null;
  return (
    <section className="notes-box" aria-label="Replays">
      <h2 className="section-title">Replays without effects</h2>
      <ul className="replays">{rows.map((row) => {
        const look = rowLook(row);
        const isChosen = row.execution_id === chosen;
        return (
          <li key={row.execution_id}>
            <button type="button" className={`replay${isChosen ? " is-selected" : ""}`} aria-expanded={isChosen}
              onClick={() => onChoose(isChosen ? undefined : row.execution_id)}>
              <span>{isProof({ version: row.version, source_version: run.version }) ? "Proof" : `What if version ${row.version ?? "?"}`}</span>
              <span className={`status-tag tone-${look.tone}`}><look.icon size={12} />{look.label}</span>
              <span className="quiet"><TimeAgo at={row.accepted_at} /></span>
            </button>
          </li>
        );
      })}</ul>
      {chosen !== undefined && <ReplayVerdict key={chosen} replay={chosen} shownOn={run.id} workspace={workspace} nameOf={nameOf} />}
    </section>
  );
}
