import { useCallback, useContext, useMemo, useState } from "react";
import { Alert, Button, HotkeysContext } from "@blueprintjs/core";
import { Cross } from "@blueprintjs/icons";
import { useReactFlow } from "@xyflow/react";
import { useCancel } from "../api/executions";
import type { Finding, Workflow } from "../api/types";
import { useNarrow } from "../lib/narrow";
import { useTitle } from "../lib/title";
import { ProblemCallout } from "../panels/problem-callout";
import type { Editor, Panel } from "./actions";
import { AddPanel } from "./add-panel";
import { CommandPalette } from "./command-palette";
import { freePlace } from "./connect";
import { edgesOf, freeId, nameOf, nodeOf, notesOf } from "./document";
import { EditorCanvas, fitOptions, portsOfAll } from "./editor-canvas";
import { EmptyCanvas } from "./empty-canvas";
import { findingsOf, innerPath, nodeIdOf } from "./findings";
import { focusField } from "./focus-field";
import { Inspector } from "./inspector";
import { LeaveGuard } from "./leave-guard";
import { RunStrip } from "./run-strip";
import { FindingsPanel, SettingsPanel } from "./side-panels";
import { neighbour, tidy } from "./tidy";
import { Toolbar } from "./toolbar";
import { useAdding } from "./use-adding";
import { useEditor } from "./use-editor";
import { useLastRun } from "./use-last-run";
import { usePinning } from "./use-pinning";
import { useComparison } from "./use-comparison";
import { useKept } from "./use-kept";
import { isAway, useSaveOnline } from "./use-save-online";
import { useShortcuts } from "./use-shortcuts";
import { VersionsPanel } from "./versions-panel";

const panelTitles: Partial<Record<Panel, string>> = { add: "Add a node", settings: "Workflow settings", findings: "Findings", versions: "Versions" };

export function EditorView({ workspace, workflow }: { workspace: string; workflow: Workflow }) {
  const last = useLastRun(workspace);
  const core = useEditor(workspace, workflow, last.source || undefined, last.set);
  const { state, dispatch, types, panel, setPanel, findings, may } = core;
  const [isPaletteOpen, setPaletteOpen] = useState(false);
  const [, dispatchHotkeys] = useContext(HotkeysContext);
  const flow = useReactFlow();
  const narrow = useNarrow();
  const cancel = useCancel(workspace);
  const { document } = state;
  const ports = useMemo(() => portsOfAll(document.nodes, edgesOf(document), types, core.madeOutputs), [document, types, core.madeOutputs]);
  const { adding, now, add, offer, onAdd, middle } = useAdding(state, dispatch, types, ports, narrow, useCallback((isOpen) => setPanel(isOpen ? "add" : undefined), [setPanel]));
  const isWide = last.node !== undefined && nodeOf(document, last.node) !== undefined;
  const chosen = nodeOf(document, isWide ? last.node! : state.selection.nodes.length === 1 ? state.selection.nodes[0]! : "");
  const togglePin = usePinning(workspace, state, dispatch, chosen, last.id, last.steps);

  const comparison = useComparison(workspace, workflow.id, document, panel === "versions");
  const kept = useKept(workflow.id, state);
  useSaveOnline(core.dirty, core.problem, core.save);
  useTitle(`Edit ${workflow.name}`);

  const goTo = useCallback((id: string) => {
    setPanel(undefined);
    dispatch({ type: "select", nodes: [id] });
    if (isWide) last.inspect(id);
    void flow.fitView({ ...fitOptions(narrow), nodes: [{ id }] });
  }, [setPanel, dispatch, isWide, last.inspect, flow, narrow]);
  const inspect = useCallback((id: string) => {
    setPanel(undefined);
    dispatch({ type: "select", nodes: [id] });
    last.inspect(id);
  }, [setPanel, dispatch, last.inspect]);
  const onGo = (finding: Finding) => {
    const node = nodeIdOf(finding, document);
    if (node === undefined) return setPanel("settings");
    goTo(node);
    focusField(innerPath(finding));
  };
  const addNote = () => {
    const [x, y] = freePlace(document, middle());
    const id = freeId("note", new Set(notesOf(document).map((note) => note.id)));
    dispatch({ type: "do", name: "Add a note", operations: [{ op: "set_note", id, note: { id, text: "", position: [Math.round(x), Math.round(y)], size: [220, 120] } }] });
  };

  const editor: Editor = {
    state, types, may, isBusy: core.isBusy, dispatch, togglePin, isRunning: last.isRunning,
    open: (next) => { if (next === "note") addNote(); else if (next === "add" && panel !== "add") offer(now()); else setPanel(panel === next ? undefined : next); },
    openPalette: () => setPaletteOpen(true),
    openHelp: () => dispatchHotkeys({ type: "OPEN_DIALOG" }),
    openNode: inspect,
    fit: () => void flow.fitView(fitOptions(narrow)),
    tidy: () => void tidy(document, types).then((positions) => {
      dispatch({ type: "do", name: "Tidy up", operations: [{ op: "move", positions }] });
      requestAnimationFrame(() => requestAnimationFrame(() => void flow.fitView(fitOptions(narrow))));
    }),
    step: (dx, dy) => { const next = neighbour(document, state.selection.nodes[0], dx, dy); if (next !== undefined) goTo(next); },
    save: () => void core.save(),
    publish: () => { if (findings.some((finding) => finding.severity === "error")) setPanel("findings"); void core.publish(); },
    run: (kind, node) => void core.run(kind, node),
    runOn: (trigger, delivery) => void core.runOn(trigger, delivery),
    cancel: () => cancel.mutate(last.id),
  };
  useShortcuts(editor);

  const isOpen = panel !== undefined || chosen !== undefined;
  editor.close = isWide ? () => last.inspect(undefined) : isOpen ? () => close() : undefined;
  const source = nodeOf(document, adding.split?.from ?? adding.source?.node ?? "");
  const title = panel && panelTitles[panel];
  const close = () => { setPanel(undefined); if (panel === undefined) dispatch({ type: "select", nodes: [] }); };
  const saveText = core.isSaving ? "Saving…" : core.isBehind && core.dirty ? "Changed elsewhere" : core.dirty ? (isAway(core.problem) ? "Not saved: offline, kept here" : "Not saved") : "Saved";
  const published = workflow.published_version === workflow.version && workflow.published ? ", on the air" : "";

  return (
    <div className="editor">
      <Toolbar editor={editor} workspace={workspace} workflow={workflow} saveText={saveText + (core.dirty ? "" : published)} findings={findings} onRename={(name) => void core.rename(name)} />
      <div className="editor-body">
        <div className="editor-main">
          <EditorCanvas editor={editor} steps={last.steps} findings={findings} ports={ports} marks={comparison.marks} onAdd={onAdd} onOpen={() => setPanel(undefined)} onInspect={inspect} />
          {document.nodes.length === 0 && panel !== "add" && may.write && <EmptyCanvas editor={editor} onAdd={() => offer({})} />}
          <div className="editor-notes">
            {core.problem !== undefined && <div className="editor-problem"><ProblemCallout error={core.problem} /><Button size="small" variant="minimal" icon={<Cross size={14} />} aria-label="Dismiss" onClick={core.dismissProblem} /></div>}
            {kept.found && may.write && (
              <section className="run-strip" aria-label="Kept changes">
                <span>Changes of yours that were not saved are kept in this browser.{kept.found.revision !== state.revision && " Somebody saved since."}</span>
                <Button size="small" intent="primary" onClick={() => { dispatch({ type: "do", name: "Take kept changes", operations: [{ op: "replace", document: kept.found!.document }] }); kept.take(); }}>Take them</Button>
                <Button size="small" onClick={kept.forget}>Drop them</Button>
              </section>
            )}
            <RunStrip editor={editor} workspace={workspace} live={last.live} onGo={goTo} onClose={() => last.set("")} />
          </div>
        </div>
        {title !== undefined ? (
          <aside className="editor-panel" aria-label={title} onKeyDown={(event) => { if (event.key === "Escape" && !event.defaultPrevented) { event.stopPropagation(); close(); } }}>
            <div className="editor-panel-head"><h2>{title}</h2><Button variant="minimal" icon={<Cross />} aria-label="Close the panel" onClick={close} /></div>
            {panel === "add" && <AddPanel types={types} behind={source && nameOf(source)} isEmpty={document.nodes.length === 0} onChoose={(type) => add(type, adding)} />}
            {panel === "settings" && <SettingsPanel editor={editor} workspace={workspace} findings={findings} />}
            {panel === "versions" && <VersionsPanel editor={editor} workspace={workspace} workflow={workflow} chosen={comparison.version} diff={comparison.diff} onChoose={comparison.choose}
              onGo={(id) => { dispatch({ type: "select", nodes: [id] }); void flow.fitView({ ...fitOptions(narrow), nodes: [{ id }] }); }} />}
            {panel === "findings" && <FindingsPanel editor={editor} findings={findings} isChecked={core.isChecked} onGo={onGo} />}
          </aside>
        ) : chosen && (
          <Inspector key={chosen.id} editor={editor} workspace={workspace} workflow={workflow} node={chosen} findings={findingsOf(findings, document, chosen.id)} run={last.id} isOver={last.isOver} steps={last.steps}
            isWide={isWide} onWide={(wide) => last.inspect(wide ? chosen.id : undefined)} onGo={inspect} onClose={() => { last.inspect(undefined); close(); }} />
        )}
      </div>
      <CommandPalette editor={editor} isOpen={isPaletteOpen} onClose={() => setPaletteOpen(false)} onGo={goTo} onAdd={(type) => add(type, now())} />
      <LeaveGuard dirty={core.dirty} onSave={() => core.save()} />
      <Alert isOpen={core.hasConflict} intent="primary" confirmButtonText="Save mine over it" cancelButtonText="Go on editing" onCancel={core.dismissConflict} onConfirm={() => void core.settle((revision) => void core.save(revision), false)}>
        <p>Somebody saved this workflow after you had opened it. Nothing of yours is lost.</p>
        <Button variant="minimal" intent="danger" onClick={() => void core.settle(() => undefined, true)}>Take theirs, drop mine</Button>
      </Alert>
    </div>
  );
}
