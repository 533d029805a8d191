// Context that fields need beside their row and value.

import { createContext, useContext } from "react";
import type { Catalog, Finding } from "../api/types";

export interface FormContextValue {
  workspace: string;
  findings: Finding[]; // findings of the node
  conditions: Catalog["conditions"];
  credentialTypes: string[]; // types that the node accepts
  readOnly: boolean;
}

export const FormContext = createContext<FormContextValue>({ workspace: "", findings: [], conditions: [], credentialTypes: [], readOnly: false });

export function useForm(): FormContextValue {
  return useContext(FormContext);
}
