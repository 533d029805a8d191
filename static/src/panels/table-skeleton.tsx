import { Classes } from "@blueprintjs/core";

// The shape of the list while it loads, so that nothing jumps when it comes.
export function TableSkeleton({ columns }: { columns: number }) {
  return (
    <div className="list skeleton-list" role="status" aria-label="Loading">
      {Array.from({ length: 8 }, (_row, row) => (
        <div className="skeleton-row" key={row}>
          {Array.from({ length: columns }, (_cell, cell) => <span className={Classes.SKELETON} key={cell} />)}
        </div>
      ))}
    </div>
  );
}
