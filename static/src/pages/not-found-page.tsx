import { NonIdealState } from "@blueprintjs/core";
import { Link } from "react-router-dom";

export function NotFoundPage() {
  return <NonIdealState icon="search" title="There is nothing at this address" action={<Link to="/">Back to the start</Link>} />;
}
