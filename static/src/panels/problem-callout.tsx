import { Button, Callout } from "@blueprintjs/core";
import { ApiError } from "../api/client";

// What went wrong, how to mend it, and the request id to quote to an operator.
export function ProblemCallout({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const problem = error instanceof ApiError ? error.problem : undefined;
  const message = error instanceof Error ? error.message : String(error);
  return (
    <Callout intent="danger" title={problem?.title ?? "Something went wrong"} role="alert">
      {message !== problem?.title && <p>{message}</p>}
      {problem?.hint && <p>{problem.hint}</p>}
      {problem?.request_id && <p className="quiet">Request {problem.request_id}</p>}
      {onRetry && (
        <Button icon="refresh" onClick={onRetry}>
          Try again
        </Button>
      )}
    </Callout>
  );
}
