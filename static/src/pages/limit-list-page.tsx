import { useParams } from "react-router-dom";
import { useLimits } from "../api/limits";
import type { Limit } from "../api/types";
import { useTitle } from "../lib/title";
import { PageHeader } from "../panels/page-header";
import { ProblemCallout } from "../panels/problem-callout";
import { TableSkeleton } from "../panels/table-skeleton";

// A rate or a quota of 0 is none; of bytes and places it is what it says.
function valueText(limit: Limit) {
  return limit.value === 0 && limit.unit !== "bytes" ? "none" : `${limit.value.toLocaleString("en")} ${limit.unit}`;
}

export default function LimitListPage() {
  const { workspace = "" } = useParams();
  const limits = useLimits(workspace);

  useTitle("Limits");
  return (
    <>
      <PageHeader title="Limits" />
      <p>The operator of this installation sets these limits with <code>tybooctl workspace set-limit</code>.</p>
      {limits.isError && <ProblemCallout error={limits.error} onRetry={() => void limits.refetch()} />}
      {limits.isPending && <TableSkeleton columns={2} />}
      {limits.isSuccess && (
        <table className="list">
          <thead><tr><th className="grows">Limit</th><th className="number">Value</th></tr></thead>
          <tbody>
            {limits.data.items.map((limit) => (
              <tr key={limit.name}>
                <td className="grows" title={limit.name}><span className="row-title">{limit.label}</span>{limit.help}</td>
                <td className="number">{valueText(limit)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}
