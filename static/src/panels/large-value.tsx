import { useState } from "react";
import { Button } from "@blueprintjs/core";
import { ChevronDown, ChevronRight } from "@blueprintjs/icons";
import { usePayload } from "../api/executions";
import { formatBytes } from "../lib/format";
import { JsonView } from "./json-view";
import { ProblemCallout } from "./problem-callout";

export interface LargeEntry {
  hash: string;
  bytes: number;
}

// Values over 50 KB are stored apart; the item holds { "$payload": hash, "bytes": n } in their place.
export function largeValuesIn(value: unknown, found: LargeEntry[] = []): LargeEntry[] {
  if (Array.isArray(value)) {
    for (const entry of value) largeValuesIn(entry, found);
  } else if (typeof value === "object" && value !== null) {
    const ref = value as { $payload?: unknown; bytes?: unknown };
    if (typeof ref.$payload === "string") {
      if (!found.some((entry) => entry.hash === ref.$payload)) found.push({ hash: ref.$payload, bytes: Number(ref.bytes ?? 0) });
    } else {
      for (const entry of Object.values(value)) largeValuesIn(entry, found);
    }
  }
  return found;
}

interface Props {
  workspace: string;
  execution: string;
  entry: LargeEntry;
}

export function LargeValue({ workspace, execution, entry }: Props) {
  const [open, setOpen] = useState(false);
  const value = usePayload(workspace, execution, open ? entry.hash : undefined);

  return (
    <div className="large-value">
      <Button size="small" icon={open ? <ChevronDown size={14} /> : <ChevronRight size={14} />} loading={value.isFetching} aria-expanded={open}
        onClick={() => setOpen(!open)}>
        Large value, {formatBytes(entry.bytes)} <code>{entry.hash.slice(0, 8)}</code>
      </Button>
      {open && value.isError && <ProblemCallout error={value.error} />}
      {open && value.isSuccess && <JsonView value={value.data} label="Large value" />}
    </div>
  );
}
