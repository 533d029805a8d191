// Context that fields need beside their row and value.

import { createContext, useContext, type MutableRefObject } from "react";
import type { PreviewValue } from "../api/expressions";
import type { Catalog, Finding } from "../api/types";
import type { World } from "./complete";

export interface FormContextValue {
  workspace: string;
  findings: Finding[]; // findings of the node
  conditions: Catalog["conditions"];
  credentialTypes: string[]; // types that the node accepts
  params: Record<string, unknown>; // parameters of the node
  readOnly: boolean;
  previews: Record<string, PreviewValue>; // values of expressions, by their paths
  world: World; // names that expressions may use
  insert: MutableRefObject<((path: string) => void) | undefined>; // puts a field into the parameter that had the cursor last
}

export const noWorld: World = { json: () => undefined, nodeJson: () => undefined, nodes: [], names: [], vars: [] };

const nothing: FormContextValue = { workspace: "", findings: [], conditions: [], credentialTypes: [], params: {}, readOnly: false, previews: {}, world: noWorld, insert: { current: undefined } };

export const FormContext = createContext<FormContextValue>(nothing);

// A context of no node.
export function plainForm(workspace: string, findings: Finding[], readOnly: boolean): FormContextValue {
  return { ...nothing, workspace, findings, readOnly, insert: { current: undefined } };
}

export function useForm(): FormContextValue {
  return useContext(FormContext);
}
