import { useState } from "react";
import { Tab, Tabs } from "@blueprintjs/core";
import { WarningSign } from "@blueprintjs/icons";
import { Link } from "react-router-dom";
import { useNodeLook } from "../api/catalog";
import type { Execution, Step } from "../api/types";
import { formatDuration } from "../lib/format";
import { inputsOf, type Graph } from "../lib/graph";
import { ErrorPanel } from "./error-panel";
import { ItemsView } from "./items-view";
import { NodeTile } from "./node-tile";
import { RunPart } from "./run-part";
import { StatusTag } from "./status-tag";
import { StepLogs } from "./step-logs";

interface Props {
  workspace: string;
  run: Execution;
  step: Step;
  graph: Graph;
  steps: Step[];
}

function countOf(lists: unknown[][]): number {
  return lists.reduce((sum, items) => sum + items.length, 0);
}

function noticesOf(step: Step): string[] {
  return [...(step.notice ? [step.notice] : []), ...(step.notices ?? []).map((notice) => notice.text)];
}

// One step: its input, its output, its notices and logs, and its error.
export function StepDetail({ workspace, run, step, graph, steps }: Props) {
  const [tab, setTab] = useState("output");
  const look = useNodeLook(step.type);
  const inputs = inputsOf(step.node, graph, steps);
  const ports = Object.entries(step.outputs);
  const logs = step.logs ?? [];
  const shared = { workspace, execution: run.id };
  const open = tab === "logs" && logs.length === 0 ? "output" : tab;

  return (
    <section className="step-detail" aria-label={`Step ${step.name}`}>
      <div className="step-heading">
        <NodeTile type={step.type} />
        <div>
          <h2>{step.name}</h2>
          <span className="quiet" title={look.kindLabel}>{look.title} · version {step.version} · {formatDuration(step.duration_ms)}</span>
        </div>
        <StatusTag status={step.status} />
      </div>
      {step.from_run && <p className="notice">Taken of <Link to={`/w/${workspace}/executions/${step.from_run}`}>an earlier run</Link>, not run again.</p>}
      {step.pinned && <p className="notice">Pinned: these items stand in the node's place.</p>}
      <RunPart key={step.node} workspace={workspace} run={run} step={step} graph={graph} />
      {noticesOf(step).map((text) => <p className="notice" key={text}><WarningSign size={14} />{text}</p>)}
      {step.error && <ErrorPanel error={step.error} />}
      <Tabs id={`step-${step.node}`} selectedTabId={open} onChange={(next) => setTab(String(next))} renderActiveTabPanelOnly>
        <Tab id="input" title="Input" tagContent={countOf(inputs.map((input) => input.items))} panel={
          inputs.length === 0 ? <p className="items-none">Nothing leads to this step: the run starts here.</p> : (
            <>{inputs.map((input) => <ItemsView key={input.key} title={`From ${input.from}`} items={input.items} {...shared} />)}</>
          )} />
        <Tab id="output" title="Output" tagContent={countOf(ports.map(([, items]) => items))} panel={
          ports.length === 0 ? <p className="items-none">{step.status === "skipped" ? "No item reached this step." : "This step gave nothing."}</p> : (
            <>{ports.map(([port, items]) => <ItemsView key={port} title={`Output ${port}`} items={items} {...shared} />)}</>
          )} />
        {logs.length > 0 && <Tab id="logs" title="Log" tagContent={logs.length} panel={<StepLogs logs={logs} />} />}
      </Tabs>
    </section>
  );
}
