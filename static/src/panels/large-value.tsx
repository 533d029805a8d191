import { useState } from "react";
import { AnchorButton, Button, Spinner } from "@blueprintjs/core";
import { ChevronDown, ChevronRight, Download } from "@blueprintjs/icons";
import { downloadAddress } from "../api/client";
import { payloadPath, usePayload, usePayloadStart } from "../api/executions";
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

// A value up to here is shown whole: an editor with folding stays quick. Of a larger one its beginning.
const WHOLE_MAX = 1024 * 1024;
const START_BYTES = 64 * 1024;

function Whole({ workspace, execution, entry }: Props) {
  const value = usePayload(workspace, execution, entry.hash, true);

  if (value.isError) return <ProblemCallout error={value.error} />;
  return value.isSuccess ? <JsonView value={value.data} label="Large value" /> : <Spinner size={20} />;
}

function Start({ workspace, execution, entry }: Props) {
  const start = usePayloadStart(workspace, execution, entry.hash, START_BYTES, true);

  if (start.isError) return <ProblemCallout error={start.error} />;
  if (!start.isSuccess) return <Spinner size={20} />;
  return (
    <>
      <p className="quiet">The first {formatBytes(START_BYTES)} of {formatBytes(entry.bytes)}:</p>
      <pre className="large-start" tabIndex={0} aria-label="Beginning of the large value">{start.data}</pre>
    </>
  );
}

export function LargeValue({ workspace, execution, entry }: Props) {
  const [open, setOpen] = useState(false);
  const Shown = entry.bytes > WHOLE_MAX ? Start : Whole;

  return (
    <div className="large-value">
      <Button size="small" icon={open ? <ChevronDown size={14} /> : <ChevronRight size={14} />} aria-expanded={open}
        onClick={() => setOpen(!open)}>
        Large value, {formatBytes(entry.bytes)} <code>{entry.hash.slice(0, 8)}</code>
      </Button>
      <AnchorButton size="small" variant="minimal" icon={<Download size={14} />} download={`value-${entry.hash.slice(0, 8)}.json`}
        href={downloadAddress(payloadPath(workspace, execution, entry.hash))}>
        Download
      </AnchorButton>
      {open && <Shown workspace={workspace} execution={execution} entry={entry} />}
    </div>
  );
}
