import { Button, Callout } from "@blueprintjs/core";
import { Endorsed } from "@blueprintjs/icons";
import { useVerify } from "../api/deliveries";
import type { HookTrial as Trial } from "../api/types";
import { ProblemCallout } from "./problem-callout";

interface Props {
  delivery: string;
  workspace: string;
}

// Difference that keeps the signature from matching, where it is known; else the result and how to mend it.
function Outcome({ trial: { result, text, hint, difference } }: { trial: Trial }) {
  if (result === "ok") return <Callout intent="success" title="It is genuine by the webhook as it is now">Run it again, or let its sender send it again.</Callout>;
  return (
    <Callout intent={difference ? "warning" : "danger"} title={difference ? `What differs: the ${difference.part}` : text}>
      {difference ? difference.text : hint}
    </Callout>
  );
}

// A delivery that was refused for its signature, checked again by the webhook's rule and secret of today.
export function HookTrial({ delivery, workspace }: Props) {
  const verify = useVerify(workspace, delivery);
  return (
    <section aria-label="Signature" className="hook-trial" aria-live="polite">
      <Button icon={<Endorsed />} text="Find out what differs" loading={verify.isPending} onClick={() => { verify.mutate(); }} />
      {verify.isSuccess && <Outcome trial={verify.data} />}
      {verify.isError && <ProblemCallout error={verify.error} />}
    </section>
  );
}
