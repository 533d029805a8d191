import { Search } from "@blueprintjs/icons";
import { Link } from "react-router-dom";
import { useTitle } from "../lib/title";
import { EmptyState } from "../panels/empty-state";

export function NotFoundPage() {
  useTitle("Not found");
  return <EmptyState icon={Search} title="There is nothing at this address" action={<Link to="/">Back to the start</Link>} />;
}
