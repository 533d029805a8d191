import { Button } from "@blueprintjs/core";
import { Error as ErrorIcon, Refresh } from "@blueprintjs/icons";
import { ApiError } from "../api/client";
import { FindingList } from "./finding-list";

// Failure, how to mend it, and the request id to quote to an operator.
export function ProblemCallout({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const problem = error instanceof ApiError ? error.problem : undefined;
  const message = error instanceof Error ? error.message : String(error);
  const title = problem?.title ?? "Something went wrong";
  return (
    <div className="problem" role="alert">
      <ErrorIcon size={16} className="problem-icon" />
      <div className="problem-text">
        <strong>{title}</strong>
        {message !== title && <p>{message}</p>}
        {problem?.hint && <p>{problem.hint}</p>}
        {problem?.findings && <FindingList findings={problem.findings} />}
        {problem?.request_id && <p className="quiet">Request <code>{problem.request_id}</code></p>}
        {onRetry && <Button size="small" icon={<Refresh size={14} />} onClick={onRetry}>Try again</Button>}
      </div>
    </div>
  );
}
