import { Button, Spinner, Tag } from "@blueprintjs/core";
import { History } from "@blueprintjs/icons";
import type { VersionSummary, Workflow } from "../api/types";
import { useVersion, useVersions } from "../api/workflows";
import type { DocumentDiff, FieldChange } from "../lib/document-diff";
import { formatTime, plural } from "../lib/format";
import { LoadMore } from "../panels/load-more";
import { ProblemCallout } from "../panels/problem-callout";
import type { Editor } from "./actions";
import { readDocument } from "./document";

const kinds = { added: { label: "New", intent: "success" }, removed: { label: "Gone", intent: "danger" }, changed: { label: "Changed", intent: "warning" } } as const;

function Fields({ fields }: { fields: FieldChange[] }) {
  return (
    <ul className="diff-fields">
      {fields.map((field) => (
        <li key={field.path}><code>{field.path}</code>
          {field.before !== "" && <del>{field.before}</del>}
          {field.after !== "" && <ins>{field.after}</ins>}
        </li>
      ))}
    </ul>
  );
}

// Changes from a version to the draft, node by node.
function Difference({ diff, onGo }: { diff: DocumentDiff; onGo: (node: string) => void }) {
  const isSame = diff.nodes.length + diff.edges.length + diff.settings.length === 0;
  if (isSame) return <p className="quiet">{diff.moved > 0 ? `Only ${plural(diff.moved, "node")} moved: what runs is the same.` : "The draft is the same."}</p>;
  return (
    <div className="diff" aria-label="Difference to the draft" role="group">
      {diff.nodes.map((node) => (
        <div key={node.id} className="diff-node">
          <Tag minimal intent={kinds[node.kind].intent}>{kinds[node.kind].label}</Tag>
          {node.kind === "removed" ? <strong>{node.name}</strong> : <Button size="small" variant="minimal" onClick={() => onGo(node.id)}>{node.name}</Button>}
          <Fields fields={node.fields} />
        </div>
      ))}
      {diff.edges.map((edge) => <div key={edge.kind + edge.text} className="diff-node"><Tag minimal intent={kinds[edge.kind].intent}>{kinds[edge.kind].label}</Tag> Connection: {edge.text}</div>)}
      {diff.settings.length > 0 && <div className="diff-node"><strong>Settings</strong><Fields fields={diff.settings} /></div>}
      {diff.moved > 0 && <p className="quiet">{plural(diff.moved, "node")} moved.</p>}
    </div>
  );
}

interface Props {
  editor: Editor;
  workspace: string;
  workflow: Workflow;
  chosen: number | undefined;
  diff: DocumentDiff | undefined;
  onChoose: (version: number | undefined) => void;
  onGo: (node: string) => void;
}

function VersionRow({ version, props }: { version: VersionSummary; props: Props }) {
  const { editor, workspace, workflow, chosen, diff, onChoose, onGo } = props;
  const isOpen = chosen === version.number;
  const whole = useVersion(workspace, workflow.id, isOpen ? version.number : undefined);
  const restore = () => {
    const document = readDocument(whole.data?.graph);
    if (document) editor.dispatch({ type: "do", name: `Restore version ${version.number}`, operations: [{ op: "replace", document }] });
  };
  return (
    <li>
      <Button fill variant="minimal" alignText="start" aria-expanded={isOpen} onClick={() => onChoose(isOpen ? undefined : version.number)}>
        <strong>Version {version.number}</strong>{version.published && <Tag minimal intent="success" className="on-air">on the air</Tag>}
        <span className="quiet"> {formatTime(version.created_at)}{version.created_by && ` by ${version.created_by}`}</span>
      </Button>
      {isOpen && (
        <div className="version-open">
          {whole.isPending ? <Spinner size={16} /> : whole.isError ? <ProblemCallout error={whole.error} /> : diff && (
            <>
              <p className="quiet">From version {version.number} to the draft:</p>
              <Difference diff={diff} onGo={onGo} />
              {editor.may.write && <Button size="small" icon={<History size={14} />} onClick={restore}>Restore version {version.number}</Button>}
            </>
          )}
        </div>
      )}
    </li>
  );
}

// Versions that were saved, each with what the draft changes of it; one that is restored is a change like any other, to be saved or undone.
export function VersionsPanel(props: Props) {
  const versions = useVersions(props.workspace, props.workflow.id);
  const rows = versions.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      <ul className="version-rows">{rows.map((version) => <VersionRow key={version.number} version={version} props={props} />)}</ul>
      <LoadMore {...versions} />
    </>
  );
}
