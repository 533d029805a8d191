import { Callout } from "@blueprintjs/core";

interface RunError {
  code?: string;
  message?: string;
  node?: string | null;
  item?: number | null;
  hint?: string | null;
  trace?: unknown[];
}

function traceLine(entry: unknown): string {
  return typeof entry === "string" ? entry : JSON.stringify(entry);
}

// What failed, where in the workflow, and how to mend it.
export function ErrorPanel({ error }: { error: unknown }) {
  const { code, message, item, hint, trace } = error as RunError;
  return (
    <Callout intent="danger" title={message ?? "Failed"} className="error-panel">
      {hint && <p>{hint}</p>}
      <p className="quiet">{code}{item != null && ` · item ${item}`}</p>
      {trace && trace.length > 0 && (
        <details>
          <summary>Where it happened</summary>
          <pre>{trace.map(traceLine).join("\n")}</pre>
        </details>
      )}
    </Callout>
  );
}
