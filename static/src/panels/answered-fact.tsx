import type { Answered } from "../api/types";
import { formatTime } from "../lib/format";
import { Fact } from "./fact";

// What the sender of a run is answered by it; nothing where it answers nobody.
export function AnsweredFact({ answer }: { answer: Answered }) {
  if (!answer) return null;
  return (
    <Fact name="Answered">
      <span>status {answer.status}</span> <time dateTime={answer.at}>{formatTime(answer.at)}</time> {answer.to && <span>to {answer.to}</span>}
    </Fact>
  );
}
