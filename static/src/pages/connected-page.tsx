import { Link, useSearchParams } from "react-router-dom";
import { useTitle } from "../lib/title";
import { ConnectOutcome, isKnownOutcome } from "../panels/connect-outcome";

// The end of a sign-in whose credential is not known, or not this person’s.
export default function ConnectedPage() {
  const outcome = useSearchParams()[0].get("connect");

  useTitle("Connect");
  return (
    <main className="page">
      <h1>Connect a credential</h1>
      <ConnectOutcome outcome={isKnownOutcome(outcome) && outcome !== null ? outcome : "unknown"} />
      <p><Link to="/">Back to the start</Link></p>
    </main>
  );
}
