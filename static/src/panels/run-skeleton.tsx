import { Classes } from "@blueprintjs/core";

// The shape of a run while it loads.
export function RunSkeleton() {
  return (
    <div className="run-skeleton" role="status" aria-label="Loading">
      <span className={`${Classes.SKELETON} skeleton-title`} />
      <span className={`${Classes.SKELETON} skeleton-facts`} />
      <span className={`${Classes.SKELETON} skeleton-canvas`} />
    </div>
  );
}
