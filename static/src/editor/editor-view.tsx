import { useCallback, useContext, useEffect, useMemo, useRef, useState } from "react";
import { Alert, Button, HotkeysContext, useHotkeys } from "@blueprintjs/core";
import { Add, Cross } from "@blueprintjs/icons";
import { useReactFlow } from "@xyflow/react";
import { Link, useBlocker, useSearchParams } from "react-router-dom";
import { useExecution } from "../api/executions";
import type { Finding, NodeType, Step, Workflow } from "../api/types";
import { seenFrom } from "../lib/frames";
import { useNarrow } from "../lib/narrow";
import { useTitle } from "../lib/title";
import { ErrorPanel } from "../panels/error-panel";
import { ProblemCallout } from "../panels/problem-callout";
import { StatusTag } from "../panels/status-tag";
import { actions, paste, type Editor } from "./actions";
import { AddPanel } from "./add-panel";
import { CommandPalette } from "./command-palette";
import { freePlace, looseOutputs, makeEdge, makeNode, placeBehind, type Source } from "./connect";
import { edgeKey, edgesOf, nameOf, nodeOf, type Edge } from "./document";
import { EditorCanvas, fitOptions, portsOfAll } from "./editor-canvas";
import { findingsOf, innerPath, nodeIdOf } from "./findings";
import type { Operation } from "./operations";
import { NodePanel } from "./node-panel";
import { FindingsPanel, SettingsPanel } from "./side-panels";
import { Toolbar } from "./toolbar";
import { useEditor } from "./use-editor";

const noSteps: Step[] = [];

interface Adding {
  source?: Source;
  split?: Edge; // in whose middle it goes
  at?: [number, number];
}

// The last run stays on the canvas, also over a reload: its id is in the address.
function useLastRun(workspace: string) {
  const [params, setParams] = useSearchParams();
  const id = params.get("run") ?? "";
  const run = useExecution(workspace, id).data;
  const steps = useMemo(() => (run ? seenFrom(run.steps, "") : noSteps), [run]);
  const set = useCallback((next: string) => setParams(next === "" ? {} : { run: next }, { replace: true }), [setParams]);
  return { id, run, steps, set };
}

function RunStrip({ workspace, last }: { workspace: string; last: ReturnType<typeof useLastRun> }) {
  if (!last.run) return null;
  return (
    <section className="run-strip" aria-label="Last run">
      <StatusTag status={last.run.status} />
      {last.run.error && <ErrorPanel error={last.run.error} />}
      <Link to={`/w/${workspace}/executions/${last.id}`}>Open the run</Link>
      <Button size="small" variant="minimal" icon={<Cross size={14} />} aria-label="Take the run off the canvas" onClick={() => last.set("")} />
    </section>
  );
}

// Leaving asks only where something would be lost.
function LeaveGuard({ dirty, onSave }: { dirty: boolean; onSave: () => Promise<unknown> }) {
  const blocker = useBlocker(({ currentLocation, nextLocation }) => dirty && currentLocation.pathname !== nextLocation.pathname);
  useEffect(() => {
    if (!dirty) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [dirty]);
  return (
    <Alert isOpen={blocker.state === "blocked"} intent="primary" confirmButtonText="Save and leave" cancelButtonText="Stay" canEscapeKeyCancel onCancel={() => blocker.reset?.()}
      onConfirm={() => void onSave().then((saved) => (saved ? blocker.proceed?.() : blocker.reset?.()))}>
      <p>What you changed is not saved.</p>
      <Button variant="minimal" intent="danger" onClick={() => blocker.proceed?.()}>Leave without saving</Button>
    </Alert>
  );
}

// Registered once: the list is part of what the sheet's provider draws again for.
function useShortcuts(editor: Editor) {
  const latest = useRef(editor);
  latest.current = editor;
  useHotkeys(useMemo(() => actions.flatMap((action) => (action.keys ?? []).map((combo, index) => ({
    combo, label: index === 0 ? action.name : `${action.name}, too`, group: action.group, global: true, allowInInput: ["save", "palette", "run"].includes(action.id), preventDefault: !action.isBrowsers,
    onKeyDown: () => { if (!action.isBrowsers && action.when(latest.current)) void action.perform(latest.current); },
  }))), []));
  useEffect(() => {
    const onPaste = (event: ClipboardEvent) => {
      const isTyping = (event.target as Element | null)?.closest?.("input, textarea, [contenteditable=true], .code-field") != null;
      if (!isTyping && paste(latest.current, event.clipboardData?.getData("text/plain") ?? "")) event.preventDefault();
    };
    document.addEventListener("paste", onPaste);
    return () => document.removeEventListener("paste", onPaste);
  }, []);
}

const panelTitles = { add: "Add a node", settings: "Workflow settings", findings: "Findings" };

// Put the cursor into the field that a path names, once its form is there.
function focusField(path: string): void {
  requestAnimationFrame(() => requestAnimationFrame(() => {
    const rows = [...document.querySelectorAll<HTMLElement>("[data-path]")].filter((row) => path === row.dataset.path || path.startsWith(`${row.dataset.path}.`) || path.startsWith(`${row.dataset.path}[`));
    const field = rows.at(-1);
    field?.scrollIntoView({ block: "center" });
    field?.querySelector<HTMLElement>("input, select, textarea, button")?.focus();
  }));
}

export function EditorView({ workspace, workflow }: { workspace: string; workflow: Workflow }) {
  const last = useLastRun(workspace);
  const core = useEditor(workspace, workflow, last.id || undefined, last.set);
  const { state, dispatch, types, panel, setPanel, findings, may } = core;
  const [adding, setAdding] = useState<Adding>({});
  const [isPaletteOpen, setPaletteOpen] = useState(false);
  const [, dispatchHotkeys] = useContext(HotkeysContext);
  const flow = useReactFlow();
  const narrow = useNarrow();
  const { document } = state;
  const ports = useMemo(() => portsOfAll(document.nodes, edgesOf(document), types, core.madeOutputs), [document, types, core.madeOutputs]);
  const chosen = state.selection.nodes.length === 1 ? nodeOf(document, state.selection.nodes[0] ?? "") : undefined;

  useTitle(`Edit ${workflow.name}`);

  // Behind the port that was pressed, else in the chosen connection, else behind the chosen node, else in the middle of what is seen.
  const sourceNow = useCallback((): Source | undefined => {
    const output = chosen && looseOutputs(chosen, ports.get(chosen.id) ?? { inputs: [], outputs: [] }, document)[0];
    return chosen && output ? { node: chosen.id, output } : undefined;
  }, [chosen, ports, document]);
  const splitNow = useCallback(() => (state.selection.nodes.length === 0 && state.selection.edges.length === 1 ? edgesOf(document).find((edge) => edgeKey(edge) === state.selection.edges[0]) : undefined), [state.selection, document]);
  const middle = useCallback((): [number, number] => {
    const box = window.document.querySelector(".editor-canvas")?.getBoundingClientRect();
    const { x, y } = flow.screenToFlowPosition({ x: (box?.left ?? 0) + (box?.width ?? 0) / 2, y: (box?.top ?? 0) + (box?.height ?? 0) / 2 });
    return [x - 106, y - 28];
  }, [flow]);
  const addNode = useCallback((type: NodeType, { source, split, at }: Adding) => {
    const [input, output] = [type.inputs[0]?.name, type.outputs[0]?.name];
    const from = input === undefined ? undefined : split ? { node: split.from, output: split.output ?? "main" } : source;
    const place = at ? freePlace(document, at) : from ? placeBehind(document, from, ports.get(from.node) ?? { inputs: [], outputs: [] }) : freePlace(document, middle());
    const node = makeNode(document, type, place);
    const edges = from && input !== undefined ? [makeEdge(from.node, from.output, node.id, input)] : [];
    const isBetween = split !== undefined && from !== undefined && output !== undefined;
    const operations: Operation[] = [
      ...(isBetween ? [{ op: "disconnect" as const, edges: [edgeKey(split)] }] : []),
      { op: "add_node", node, edges: [...edges, ...(isBetween ? [makeEdge(node.id, output, split.to, split.input ?? "main")] : [])] },
    ];
    dispatch({ type: "do", name: `Add ${nameOf(node)}`, operations, select: [node.id] });
    setPanel(undefined);
    setAdding({});
    // Focus the first parameter, because somebody who builds by the keyboard writes it next.
    requestAnimationFrame(() => requestAnimationFrame(() => {
      window.document.querySelector<HTMLElement>(".editor-panel [data-path] :is(input, select, textarea)")?.focus();
      void flow.fitView(fitOptions(narrow));
    }));
  }, [document, ports, middle, dispatch, setPanel, flow, narrow]);
  const onAdd = useCallback((source: Source | undefined, at?: [number, number], type?: string) => {
    const known = type === undefined ? undefined : types.get(type);
    if (known) addNode(known, { source, at });
    else { setAdding({ source, at }); setPanel("add"); }
  }, [types, addNode, setPanel]);
  const goTo = useCallback((id: string) => {
    setPanel(undefined);
    dispatch({ type: "select", nodes: [id] });
    void flow.fitView({ ...fitOptions(narrow), nodes: [{ id }] });
  }, [setPanel, dispatch, flow, narrow]);
  const onGo = (finding: Finding) => {
    const node = nodeIdOf(finding, document);
    if (node === undefined) return setPanel("settings");
    goTo(node);
    focusField(innerPath(finding));
  };

  const editor: Editor = {
    state, types, may, isBusy: core.isBusy, dispatch,
    open: (next) => { if (next === "add") setAdding({ source: sourceNow(), split: splitNow() }); setPanel(panel === next ? undefined : next); },
    openPalette: () => setPaletteOpen(true),
    openHelp: () => dispatchHotkeys({ type: "OPEN_DIALOG" }),
    fit: () => void flow.fitView(fitOptions(narrow)),
    save: () => void core.save(),
    publish: () => { if (findings.some((finding) => finding.severity === "error")) setPanel("findings"); void core.publish(); },
    run: (to) => void core.run(to),
  };
  useShortcuts(editor);

  const source = nodeOf(document, adding.split?.from ?? adding.source?.node ?? "");
  const title = panel ? panelTitles[panel] : chosen ? nameOf(chosen) : undefined;
  const close = () => { setPanel(undefined); if (panel === undefined) dispatch({ type: "select", nodes: [] }); };
  const saveText = core.isSaving ? "Saving…" : core.isBehind && core.dirty ? "Changed elsewhere" : core.dirty ? "Not saved" : "Saved";
  const published = workflow.published_version === workflow.version && workflow.published ? ", on the air" : "";

  return (
    <div className="editor">
      <Toolbar editor={editor} workspace={workspace} workflow={workflow} saveText={saveText + (core.dirty ? "" : published)} findings={findings} onRename={(name) => void core.rename(name)} />
      <div className="editor-body">
        <div className="editor-main">
          <EditorCanvas editor={editor} steps={last.steps} findings={findings} ports={ports} onAdd={onAdd} onOpen={() => setPanel(undefined)} />
          {document.nodes.length === 0 && panel !== "add" && may.write && (
            <div className="editor-empty"><Button size="large" icon={<Add />} onClick={() => onAdd(undefined)}>Add what starts it</Button><p className="quiet">or press N; Ctrl+K finds everything else</p></div>
          )}
          <div className="editor-notes">
            {core.problem !== undefined && <div className="editor-problem"><ProblemCallout error={core.problem} /><Button size="small" variant="minimal" icon={<Cross size={14} />} aria-label="Dismiss" onClick={core.dismissProblem} /></div>}
            <RunStrip workspace={workspace} last={last} />
          </div>
        </div>
        {title !== undefined && (
          <aside className="editor-panel" aria-label={title} onKeyDown={(event) => event.key === "Escape" && !event.defaultPrevented && close()}>
            <div className="editor-panel-head"><h2>{title}</h2><Button variant="minimal" icon={<Cross />} aria-label="Close the panel" onClick={close} /></div>
            {panel === "add" && <AddPanel types={types} behind={source && nameOf(source)} isEmpty={document.nodes.length === 0} onChoose={(type) => addNode(type, adding)} />}
            {panel === "settings" && <SettingsPanel editor={editor} workspace={workspace} findings={findings} />}
            {panel === "findings" && <FindingsPanel editor={editor} findings={findings} isChecked={core.isChecked} onGo={onGo} />}
            {panel === undefined && chosen && <NodePanel key={chosen.id} editor={editor} workspace={workspace} node={chosen} findings={findingsOf(findings, document, chosen.id)} />}
          </aside>
        )}
      </div>
      <CommandPalette editor={editor} isOpen={isPaletteOpen} onClose={() => setPaletteOpen(false)} onGo={goTo} onAdd={(type) => addNode(type, { source: sourceNow(), split: splitNow() })} />
      <LeaveGuard dirty={core.dirty} onSave={() => core.save()} />
      <Alert isOpen={core.hasConflict} intent="primary" confirmButtonText="Save mine over it" cancelButtonText="Go on editing" onCancel={core.dismissConflict} onConfirm={() => void core.settle((revision) => void core.save(revision), false)}>
        <p>Somebody saved this workflow after you had opened it. Nothing of yours is lost.</p>
        <Button variant="minimal" intent="danger" onClick={() => void core.settle(() => undefined, true)}>Take theirs, drop mine</Button>
      </Alert>
    </div>
  );
}
