import { useState } from "react";
import { Button, Callout, Tab, Tabs, Tag } from "@blueprintjs/core";
import { usePayload } from "../api/executions";
import type { Step } from "../api/types";
import { formatBytes, formatDuration, plural } from "../lib/format";
import { ErrorPanel } from "./error-panel";
import { JsonView } from "./json-view";
import { ProblemCallout } from "./problem-callout";
import { StatusTag } from "./status-tag";

interface PayloadRef {
  hash: string;
  bytes: number;
}

// Large values are stored apart; the item holds a reference to each.
function payloadsIn(value: unknown, found: PayloadRef[] = []): PayloadRef[] {
  if (Array.isArray(value)) {
    for (const entry of value) payloadsIn(entry, found);
  } else if (typeof value === "object" && value !== null) {
    const ref = value as { $payload?: unknown; bytes?: unknown };
    if (typeof ref.$payload === "string") {
      if (!found.some((entry) => entry.hash === ref.$payload)) found.push({ hash: ref.$payload, bytes: Number(ref.bytes ?? 0) });
    } else {
      for (const entry of Object.values(value)) payloadsIn(entry, found);
    }
  }
  return found;
}

function Payload({ workspace, execution, payload }: { workspace: string; execution: string; payload: PayloadRef }) {
  const [open, setOpen] = useState(false);
  const value = usePayload(workspace, execution, open ? payload.hash : undefined);

  return (
    <div className="payload">
      <Button size="small" icon={open ? "chevron-down" : "chevron-right"} loading={value.isFetching} onClick={() => setOpen(!open)}>
        Large value, {formatBytes(payload.bytes)}
      </Button>
      {open && value.isError && <ProblemCallout error={value.error} />}
      {open && value.isSuccess && <JsonView value={value.data} label="Large value" />}
    </div>
  );
}

interface Props {
  workspace: string;
  execution: string;
  step: Step;
}

export function StepDetail({ workspace, execution, step }: Props) {
  const ports = Object.entries((step.outputs ?? {}) as Record<string, unknown[]>);

  return (
    <section className="step-detail" aria-label={`Step ${step.name}`}>
      <div className="step-heading">
        <h4>{step.name}</h4>
        <StatusTag status={step.status} />
        <Tag minimal>{step.type} v{step.version}</Tag>
        <span className="quiet">{plural(step.items_in, "item")} in · {formatDuration(step.duration_ms)}</span>
      </div>
      {step.notice && <Callout intent="warning" compact>{step.notice}</Callout>}
      {step.error && <ErrorPanel error={step.error} />}
      {ports.length === 0 && !step.error && <p className="quiet">This step gave nothing.</p>}
      {ports.length > 0 && (
        <Tabs key={step.node} renderActiveTabPanelOnly>
          {ports.map(([port, items]) => (
            <Tab key={port} id={port} title={`${port} (${items.length})`} panel={
              <>
                <JsonView value={items.map((item) => (item as { json?: unknown }).json ?? item)} label={`Items of output ${port}`} />
                {payloadsIn(items).map((payload) => (
                  <Payload key={payload.hash} workspace={workspace} execution={execution} payload={payload} />
                ))}
              </>
            } />
          ))}
        </Tabs>
      )}
    </section>
  );
}
