import type { Answered } from "../api/types";
import { formatTime } from "../lib/format";
import { Fact } from "./fact";

// Answer of a run to its sender; nothing where it answers nobody.
export function AnsweredFact({ answer }: { answer: Answered }) {
  if (!answer) return null;
  return (
    <Fact name="Answered">
      <span>status {answer.status}</span> <time dateTime={answer.at}>{formatTime(answer.at)}</time> {answer.to && <span>to {answer.to}</span>}
    </Fact>
  );
}
