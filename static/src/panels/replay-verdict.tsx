import { Link } from "react-router-dom";
import { useReplayVerdict } from "../api/replays";
import type { Replay } from "../api/types";
import { plural } from "../lib/format";
import { isProof, replayLook, replayTitle } from "../lib/replays";
import { statusLook } from "../lib/status";
import { Fact } from "./fact";
import { ProblemCallout } from "./problem-callout";
import { ReplayDifference } from "./replay-difference";

interface Props {
  replay: string;
  shownOn: string; // id of the run whose page this is
  workspace: string;
  nameOf: (node: string) => string;
}

function sentence(replay: Replay, nameOf: Props["nameOf"]): string {
  const { verdict, text, ended_at: ended, difference, status, source_status: was, missing } = replay;
  if (verdict === "pending") return `${statusLook(status).label}. This page watches it.`;
  if (verdict === "ended" && ended) return `At ${ended.node ? `“${nameOf(ended.node)}”` : "its start"}: ${ended.message}.`;
  if (verdict === "differs" && difference?.first) return `The first step that differs is “${difference.first.name}”.`;
  if (verdict === "differs" && !missing) return `The record of each step is the same${was !== status ? `, the end is not: ${statusLook(status).label.toLowerCase()}` : ""}.`;
  return verdict === "equal" ? `${isProof(replay) ? "Computed from its journal, the run gives" : "That version gives"} every item, error and end again as recorded.` : text;
}

function countsOf({ difference, verdict }: Replay): string {
  if (!difference) return "";
  const only = verdict === "ended" ? "not computed" : "not run any more";
  return [
    `${plural(difference.same, "step")} the same`,
    difference.changed > 0 && `${difference.changed} not`,
    difference.only_before > 0 && `${difference.only_before} ${only}`,
    difference.only_after > 0 && `${difference.only_after} new`,
  ].filter(Boolean).join(", ");
}

function VerdictFacts({ replay, shownOn, workspace }: { replay: Replay; shownOn: string; workspace: string }) {
  const page = (id: string) => `/w/${workspace}/executions/${id}`;
  return (
    <dl className="verdict-facts">
      {replay.version != null && <Fact name="Version">{isProof(replay) ? replay.version : `${replay.source_version ?? "–"} → ${replay.version}`}</Fact>}
      {replay.source_status && replay.verdict !== "pending" && (
        <Fact name="End">{statusLook(replay.source_status).label}{replay.verdict !== "ended" && replay.status !== replay.source_status && ` → ${statusLook(replay.status).label}`}</Fact>
      )}
      {replay.difference && <Fact name="Steps">{countsOf(replay)}</Fact>}
      {replay.source_digest && (
        <Fact name="Digest"><code title={replay.source_digest}>{shortDigest(replay.source_digest)}</code>
          {replay.digest && replay.digest !== replay.source_digest && <> → <code title={replay.digest}>{shortDigest(replay.digest)}</code></>}</Fact>
      )}
      {shownOn !== replay.execution_id && <Fact name="Its steps"><Link to={page(replay.execution_id)}>Open the replay</Link></Fact>}
      {replay.source_execution_id && shownOn !== replay.source_execution_id && <Fact name="Of"><Link to={page(replay.source_execution_id)}>The run that it repeats</Link></Fact>}
    </dl>
  );
}

function shortDigest(digest: string): string {
  return digest.slice(0, 14);
}

// Result of a replay: the same digest, the steps that are not the same, or the call at which it ended.
export function ReplayVerdict({ replay: id, shownOn, workspace, nameOf }: Props) {
  const replay = useReplayVerdict(workspace, id);

  if (replay.isPending) return <p className="quiet" role="status">The verdict is loaded.</p>;
  if (replay.isError) return <ProblemCallout error={replay.error} onRetry={() => void replay.refetch()} />;
  const look = replayLook(replay.data.verdict);
  const named = (node: string) => replay.data.difference?.items.find((row) => row.node === node)?.name ?? nameOf(node);
  return (
    <section className={`verdict tone-${look.tone}`} aria-label="Verdict of the replay">
      <div role="status">
        <h2 className="verdict-title"><look.icon size={16} />{replayTitle(replay.data)}</h2>
        <p>{sentence(replay.data, named)}</p>
      </div>
      {replay.data.missing && <p className="quiet">{replay.data.missing}.</p>}
      <VerdictFacts replay={replay.data} shownOn={shownOn} workspace={workspace} />
      <ReplayDifference replay={replay.data} workspace={workspace} nameOf={named} />
    </section>
  );
}
