// Table of a replay's results, as words, a tone and an icon. A proof and a what-if say the same in other
// words.

import { Disable, Endorsed, Error as ErrorIcon, Exchange, FlowEnd, Time } from "@blueprintjs/icons";
import { isFinished } from "../api/executions";
import type { Replay, ReplayRow, StepDifference } from "../api/types";
import type { StatusLook } from "./status";

type Verdict = Replay["verdict"];

interface VerdictLook extends StatusLook {
  proof: string;
  whatIf: string;
}

const looks: Record<Verdict, VerdictLook> = {
  pending: { label: "Under way", tone: "busy", icon: Time, proof: "The run is computed again", whatIf: "The run is computed with the other version" },
  equal: { label: "Same digest", tone: "good", icon: Endorsed, proof: "Proved: the digest is the same", whatIf: "Nothing would have been different" },
  differs: { label: "Differs", tone: "warn", icon: Exchange, proof: "Not proved: the digest is another", whatIf: "What would have happened" },
  ended: { label: "Ended early", tone: "warn", icon: FlowEnd, proof: "Ended at a call that the journal has no answer to", whatIf: "Ended at the first call that would have been another" },
  failed: { label: "Not made", tone: "bad", icon: ErrorIcon, proof: "The proof could not be made", whatIf: "The what-if could not be made" },
};

export function replayLook(verdict: Verdict): StatusLook {
  return looks[verdict];
}

// With the version that ran; another one makes a what-if.
export function isProof({ version, source_version: own }: Pick<Replay, "version" | "source_version">): boolean {
  return version === own;
}

export function replayTitle(replay: Replay): string {
  const look = looks[replay.verdict];
  return isProof(replay) ? look.proof : look.whatIf;
}

// Short verdict in a row of the list; the page of the replay tells more.
export function rowLook(row: ReplayRow): StatusLook {
  if (!isFinished(row.status)) return looks.pending;
  if (row.equal) return looks.equal;
  if (row.error?.code === "no_answer") return looks.ended;
  return row.status === "canceled" ? { label: "Canceled", tone: "warn", icon: Disable } : looks.differs;
}

// The step at whose call a replay ended: nothing that it would have given is known.
export function isEnd({ node, what }: StepDifference, { ended_at: ended }: Replay): boolean {
  return ended?.node === node && what !== "only_before";
}

// Label of a step that is not the same. Behind the end of a replay nothing was computed.
export function whatLabel(row: StepDifference, replay: Replay): string {
  if (isEnd(row, replay)) return "Ended here";
  if (row.what === "changed") return "Differs";
  if (row.what === "only_after") return "New";
  return replay.verdict === "ended" ? "Not computed" : "Not run any more";
}
