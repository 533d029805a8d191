import { useSyncExternalStore } from "react";

// Width at which the style sheets turn to one column.
const query = matchMedia("(max-width: 860px)");

function subscribe(changed: () => void): () => void {
  query.addEventListener("change", changed);
  return () => query.removeEventListener("change", changed);
}

export function useNarrow(): boolean {
  return useSyncExternalStore(subscribe, () => query.matches);
}
