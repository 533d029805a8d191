import { Callout } from "@blueprintjs/core";

// Words for what comes of a sign-in at a provider (fcgi-app/api_connect.c); its own words are in the credential's row.
const outcomes: Record<string, string> = {
  failed: "The sign-in came to nothing. The credential’s row says why.",
  unknown: "This sign-in is over: it was used already, or is not of this installation. Connect the credential again.",
  expired: "The sign-in took more than ten minutes. Connect the credential again.",
  other_session: "The sign-in was begun in another browser, or before you signed in again. Connect the credential again, in this one.",
  signed_out: "You are signed out. Sign in, and connect the credential again.",
  denied: "You may not change credentials of that workspace. Ask an owner of it.",
  changed: "The credential was changed meanwhile. Connect it again.",
};

export const isKnownOutcome = (outcome: string | null) => outcome === "ok" || (outcome !== null && Object.hasOwn(outcomes, outcome));

export function ConnectOutcome({ outcome, name }: { outcome: string; name?: string }) {
  if (outcome === "ok") return <Callout intent="success" role="status" title={`${name ?? "The credential"} is connected`} />;
  return <Callout intent="danger" role="alert" title={`${name ?? "The credential"} was not connected`}>{outcomes[outcome]}</Callout>;
}
