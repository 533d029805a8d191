import { Button, Spinner } from "@blueprintjs/core";
import { Antenna, Cross } from "@blueprintjs/icons";
import { useListen } from "../api/listen";
import { CopyButton } from "../panels/copy-button";
import { ProblemCallout } from "../panels/problem-callout";
import type { Editor } from "./actions";
import type { Node } from "./document";

// The address of a webhook, and a run of the draft on the next call that comes to it.
export function WebhookTrial({ editor, workspace, node }: { editor: Editor; workspace: string; node: Node }) {
  const path = typeof node.params?.path === "string" ? node.params.path : "";
  const method = typeof node.params?.method === "string" ? node.params.method : "POST";
  const { isOn, problem, toggle } = useListen(workspace, method, path, (delivery) => editor.runOn(node.id, delivery));
  const address = `${window.location.origin}/hooks/${workspace}/${path.replace(/^\/+/, "")}`;

  if (path === "") return null;
  return (
    <section className="webhook-trial" aria-label="Address">
      <div className="webhook-address"><code>{method} {address}</code><CopyButton text={address} label="Copy the address" /></div>
      {editor.may.run && (
        <div className="webhook-listen">
          <Button size="small" icon={isOn ? <Cross size={14} /> : <Antenna size={14} />} disabled={!isOn && (editor.isBusy || editor.isRunning)} onClick={toggle}>{isOn ? "Stop listening" : "Listen for a call"}</Button>
          {isOn && <span className="quiet" role="status"><Spinner size={14} />Send one within two minutes</span>}
        </div>
      )}
      {isOn && <p className="field-note">The draft runs on the next call, and no signature is checked. While no published workflow claims the address, its sender is answered 404; the call is taken all the same.</p>}
      {problem !== undefined && <ProblemCallout error={problem} />}
    </section>
  );
}
