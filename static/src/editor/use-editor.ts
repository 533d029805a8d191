// Hook of one open editor: its state, and its questions to the server.

import { useCallback, useEffect, useReducer, useState } from "react";
import { useQueryClient } from "@tanstack/react-query";
import { useNodeTypes } from "../api/catalog";
import { ApiError } from "../api/client";
import { useMay } from "../api/session";
import type { Validation, Workflow } from "../api/types";
import { useRunByHand, useRunPart, useSaveWorkflow, useSetPublished, useValidation } from "../api/workflows";
import type { PartKind } from "../lib/parts";
import type { Panel } from "./actions";
import { nodeOf, readDocument, type WorkflowDocument } from "./document";
import { isDirty, open, reduce, stateId } from "./state";

const noFindings: Validation["findings"] = [];
const noOutputs: Validation["outputs"] = {};
const empty: WorkflowDocument = { nodes: [], edges: [] };

function isConflict(error: unknown): boolean {
  return error instanceof ApiError && error.problem.status === 412;
}

// A run of all takes pins only where it is asked for as one of a part.
function hasPins(document: WorkflowDocument): boolean {
  return Object.keys(document.pins ?? {}).length > 0;
}

// Settles behind the last change, so that each letter is no question to the server.
function useSettled<T>(value: T, ms: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return settled;
}

export function useEditor(workspace: string, workflow: Workflow, lastRun: string | undefined, onRun: (run: string) => void) {
  const [state, dispatch] = useReducer(reduce, workflow, (from) => open(readDocument(from.graph) ?? empty, from.revision));
  const [problem, setProblem] = useState<unknown>();
  const [hasConflict, setConflict] = useState(false);
  const [panel, setPanel] = useState<Panel>();
  const client = useQueryClient();
  const types = useNodeTypes();
  const saving = useSaveWorkflow(workspace, workflow.id);
  const publishing = useSetPublished(workspace);
  const running = useRunByHand(workspace);
  const runningPart = useRunPart(workspace, workflow.id);
  const settled = useSettled(state, 300);
  const validation = useValidation(workspace, settled.document, `${workflow.id} ${settled.revision} ${stateId(settled)}`);
  const may = { write: useMay(workspace, "workflow.write"), publish: useMay(workspace, "workflow.publish"), run: useMay(workspace, "workflow.run") };
  const isBusy = saving.isPending || publishing.isPending || running.isPending || runningPart.isPending;
  const isBehind = workflow.revision > state.revision && !saving.isPending;
  const dirty = isDirty(state);

  // Follow the saves of others while nothing is changed here.
  useEffect(() => {
    const document = isBehind && !dirty ? readDocument(workflow.graph) : undefined;
    if (document) dispatch({ type: "load", document, revision: workflow.revision });
  }, [isBehind, dirty, workflow]);

  const attempt = async <T,>(what: () => Promise<T>): Promise<T | undefined> => {
    setProblem(undefined);
    try {
      return await what();
    } catch (error) {
      if (isConflict(error)) setConflict(true);
      else setProblem(error);
      return undefined;
    }
  };
  const put = (body: { name?: string; graph?: unknown }, revision = state.revision) => attempt(async () => {
    const at = body.graph === undefined ? state.saved : stateId(state);
    const saved = await saving.mutateAsync({ revision, ...body });
    dispatch({ type: "saved", at, revision: saved.revision });
    return saved;
  });
  const save = (revision?: number) => put({ graph: state.document }, revision);
  const saved = async () => !dirty || (await save()) !== undefined;

  return {
    state, dispatch, types, may, isBusy, isBehind, dirty, panel, setPanel, problem, hasConflict,
    isSaving: saving.isPending,
    findings: validation.data?.findings ?? noFindings,
    madeOutputs: validation.data?.outputs ?? noOutputs,
    isChecked: validation.isSuccess && !validation.isPlaceholderData && settled === state,
    save,
    rename: (name: string) => put({ name }),
    publish: () => attempt(async () => (await saved()) && publishing.mutateAsync({ id: workflow.id, published: true })),
    run: (kind?: PartKind, node?: string) => attempt(async () => {
      if (!(await saved())) return;
      const chosen = state.selection.nodes.length === 1 ? nodeOf(state.document, state.selection.nodes[0] ?? "") : undefined;
      const trigger = chosen && types.get(chosen.type)?.trigger ? chosen.id : undefined;
      const started = kind === undefined || node === undefined ? await running.mutateAsync({ id: workflow.id, trigger, pinned: hasPins(state.document) }) : await runningPart.mutateAsync({ kind, node, version: 0, source: lastRun });
      onRun(started.execution_id);
    }),
    runOn: (trigger: string, delivery: string) => attempt(async () => {
      if (await saved()) onRun((await running.mutateAsync({ id: workflow.id, trigger, delivery })).execution_id);
    }),
    // Theirs take the place of what is here, or what is here goes over theirs.
    settle: useCallback((mine: (revision: number) => void, takesTheirs: boolean) => attempt(async () => {
      await client.refetchQueries({ queryKey: ["workflows", workspace, "one", workflow.id] });
      const now = client.getQueryData<Workflow>(["workflows", workspace, "one", workflow.id]);
      const document = readDocument(now?.graph);
      setConflict(false);
      if (now === undefined || document === undefined) return;
      if (takesTheirs) dispatch({ type: "load", document, revision: now.revision });
      else mine(now.revision);
    }), [client, workspace, workflow.id]),
    dismissConflict: () => setConflict(false),
    dismissProblem: () => setProblem(undefined),
  };
}
