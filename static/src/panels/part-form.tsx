import { useState } from "react";
import { Button, FormGroup, HTMLSelect } from "@blueprintjs/core";
import { useNavigate } from "react-router-dom";
import { useExecution } from "../api/executions";
import { useRunPart } from "../api/workflows";
import type { Graph } from "../lib/graph";
import { parts, readPins, type PartKind } from "../lib/parts";
import { PinFields } from "./pin-fields";
import { ProblemCallout } from "./problem-callout";

export interface Choice {
  value: string;
  label: string;
}

interface Props {
  workspace: string;
  workflow: string;
  node: { id: string; name: string };
  graph: Graph;
  isInLoop: boolean;
  sources: Choice[]; // runs whose record can be taken, the likeliest first
  versions: Choice[]; // "0": the draft
  onClose: () => void;
}

// Run a part of a workflow around one node, on what a run recorded and what is pinned here.
export function PartForm({ workspace, workflow, node, graph, isInLoop, sources, versions, onClose }: Props) {
  const part = useRunPart(workspace, workflow);
  const navigate = useNavigate();
  const [kind, setKind] = useState<PartKind>("to");
  const [version, setVersion] = useState(versions[0]?.value ?? "0");
  const [chosen, setSource] = useState<string>();
  const [texts, setTexts] = useState<Record<string, string>>({});
  const source = chosen ?? sources[0]?.value ?? "";
  const recorded = useExecution(workspace, source);
  const { pins, fault } = readPins(texts);
  const choices = parts.filter((entry) => entry.inLoops || !isInLoop);
  const start = () => part.mutate({ kind, node: node.id, version: Number(version), source, pins },
    { onSuccess: (started) => navigate(`/w/${workspace}/executions/${started.execution_id}`) });

  return (
    <form className="credential-form" aria-label={`Run a part around ${node.name}`} onSubmit={(event) => { event.preventDefault(); start(); }}>
      <FormGroup label="Part" labelFor="part-kind" helperText={choices.find((entry) => entry.kind === kind)?.text}>
        <HTMLSelect id="part-kind" fill value={kind} onChange={(event) => setKind(event.target.value as PartKind)}
          options={choices.map((entry) => ({ value: entry.kind, label: entry.label }))} />
      </FormGroup>
      {versions.length > 1 && (
        <FormGroup label="Version" labelFor="part-version">
          <HTMLSelect id="part-version" fill value={version} options={versions} onChange={(event) => setVersion(event.target.value)} />
        </FormGroup>
      )}
      <FormGroup label="Take the steps of" labelFor="part-source">
        <HTMLSelect id="part-source" fill value={source} options={[...sources, { value: "", label: "No run" }]} onChange={(event) => setSource(event.target.value)} />
      </FormGroup>
      <PinFields graph={graph} target={node.id} recorded={recorded.data?.steps ?? []} texts={texts} fault={fault} onChange={setTexts} />
      <p className="quiet">The nodes that are run make their calls.</p>
      {part.isError && <ProblemCallout error={part.error} />}
      <div className="credential-form-end">
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" intent="primary" disabled={fault !== undefined} loading={part.isPending}>Run it</Button>
      </div>
    </form>
  );
}
