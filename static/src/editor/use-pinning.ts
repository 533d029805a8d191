import { useStepItems } from "../api/live-run";
import type { Step } from "../api/types";
import { jsonOf } from "../lib/columns";
import { nameOf, pinOf, type Node } from "./document";
import type { Change, EditorState } from "./state";

// Pins what the chosen node gave in the run on the canvas, or takes its pin away; undefined where there is neither.
export function usePinning(workspace: string, state: EditorState, dispatch: (change: Change) => void, node: Node | undefined, run: string, steps: Step[]): (() => void) | undefined {
  const step = steps.find((entry) => entry.node === node?.id);
  const whole = useStepItems(workspace, run === "" ? undefined : run, step).data;
  const items = whole?.outputs.main ?? Object.values(whole?.outputs ?? {})[0];

  if (node === undefined) return undefined;
  const pin = (to: unknown[] | undefined) => dispatch({ type: "do", name: `${to ? "Pin" : "Unpin"} ${nameOf(node)}`, operations: [{ op: "set_pin", node: node.id, items: to }] });
  if (pinOf(state.document, node.id)) return () => pin(undefined);
  return items && items.length > 0 ? () => pin(items.map((item) => ({ json: jsonOf(item) }))) : undefined;
}
