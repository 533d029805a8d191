// What docs/openapi.json says, under shorter names.

export interface Workspace {
  id: string;
  slug: string;
  name: string;
  role: string;
}
export interface Me {
  user: { id: string; email: string; name: string };
  workspaces: Workspace[];
  csrf_token: string;
}
export interface Session {
  csrf_token: string;
}
export interface Trigger {
  type: string;
  method?: string | null;
  path?: string | null;
}
export interface WorkflowSummary {
  id: string;
  name: string;
  published: boolean;
  version: number;
  updated_at: string;
  node_count: number;
  triggers: Trigger[] | null;
  last_execution: { id: string; status: string; finished_at: string | null } | null;
}
export interface WorkflowList {
  items: WorkflowSummary[];
  next_cursor: string | null;
}
export interface Version {
  number: number;
  graph: unknown;
}
export interface RunError {
  code: string;
  message: string;
  node?: string | null;
  item?: number | null;
  hint?: string | null;
  trace?: unknown[];
}
export interface ExecutionSummary {
  id: string;
  workflow_id: string | null;
  workflow_name: string | null;
  version: number | null;
  mode: string;
  status: string;
  accepted_at: string;
  duration_ms: number | null;
  step_count: number;
  item_count: number;
  error: RunError | null;
}
export interface ExecutionList {
  items: ExecutionSummary[];
  next_cursor: string | null;
}
export interface Step {
  node: string;
  name: string;
  type: string;
  version: number;
  status: string;
  started_ms: number;
  duration_ms: number;
  items_in: number;
  items_out: number;
  outputs: Record<string, unknown[]>;
  error?: RunError;
  notice?: string;
  logs?: unknown[];
}
export interface Execution extends ExecutionSummary {
  steps: Step[];
  delivery: { method: string; path: string; remote_addr: string | null } | null;
}
