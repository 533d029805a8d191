import { Button, Tag } from "@blueprintjs/core";
import { Link as LinkIcon } from "@blueprintjs/icons";
import { useConnectCredential } from "../api/credentials";
import type { Credential } from "../api/types";
import { CopyButton } from "./copy-button";
import { ProblemCallout } from "./problem-callout";
import { TimeAgo } from "./time-ago";

// The type that a person signs in for; the others' tokens are got by the first call that needs one.
const signedIn = "http_oauth2_code";

const states = {
  connected: { title: "Connected", intent: "success" },
  reconnect: { title: "Needs re-connect", intent: "danger" },
  none: { title: "Not connected", intent: "warning" },
} as const;

function Ends({ credential }: { credential: Credential }) {
  const connection = credential.connection;

  if (connection?.state !== "connected") return null;
  if (connection.refreshes || credential.type !== signedIn) return <span className="quiet">renewed by itself</span>;
  if (connection.expires_at === null) return <span className="quiet">as far as is known</span>;
  return <span className="quiet">ends <TimeAgo at={connection.expires_at} /></span>;
}

// The provider sends nobody back to an address that it does not have in its list.
export function CallbackAddress({ type }: { type: string }) {
  const address = `${window.location.origin}/api/v1/oauth2/callback`;

  if (type !== signedIn) return null;
  return (
    <p className="quiet">
      Enter this at the provider as the address to send back to (redirect URI): <code>{address}</code> <CopyButton text={address} label="Copy the redirect URI" />
    </p>
  );
}

// State of the token that the provider gave, and why the last try came to nothing.
export function CredentialConnection({ credential }: { credential: Credential }) {
  const connection = credential.connection;

  if (!connection || (connection.state === "none" && credential.type !== signedIn && connection.problem === "")) return null;
  const state = states[connection.state];
  return (
    <div className="row-note">
      <Tag intent={state.intent} minimal>{credential.type !== signedIn && connection.state === "none" ? "No token" : state.title}</Tag> <Ends credential={credential} />
      {connection.problem !== "" && <div role="note">{connection.problem}</div>}
    </div>
  );
}

export function ConnectButton({ workspace, credential }: { workspace: string; credential: Credential }) {
  const connect = useConnectCredential(workspace, credential.id);

  if (credential.type !== signedIn) return null;
  const label = credential.connection?.state === "none" ? "Connect" : "Re-connect";
  return (
    <>
      <Button icon={<LinkIcon size={14} />} size="small" intent={credential.connection?.state === "connected" ? undefined : "primary"}
        loading={connect.isPending || connect.isSuccess} aria-label={`${label} ${credential.name}`} onClick={() => connect.mutate()}>{label}</Button>
      {connect.isError && <ProblemCallout error={connect.error} />}
    </>
  );
}
