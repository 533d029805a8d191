import { Classes, HTMLTable } from "@blueprintjs/core";

// The shape of the list while it loads, so that nothing jumps when it comes.
export function TableSkeleton({ columns }: { columns: number }) {
  return (
    <HTMLTable className="list" aria-busy="true" aria-label="Loading">
      <tbody>
        {Array.from({ length: 6 }, (_row, row) => (
          <tr key={row}>
            {Array.from({ length: columns }, (_cell, cell) => (
              <td key={cell}><span className={Classes.SKELETON}>loading value</span></td>
            ))}
          </tr>
        ))}
      </tbody>
    </HTMLTable>
  );
}
