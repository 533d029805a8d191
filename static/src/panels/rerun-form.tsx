import { useState } from "react";
import { Button, Checkbox, FormGroup, HTMLSelect, TextArea } from "@blueprintjs/core";
import { useNavigate } from "react-router-dom";
import { useRerun } from "../api/dead-letters";
import { useExecution } from "../api/executions";
import { useMay } from "../api/session";
import { inputText, readInput } from "../lib/rerun";
import { ProblemCallout } from "./problem-callout";

interface Props {
  execution: string;
  workspace: string;
  onClose: () => void;
}

// Run a run again that is over, with what it began with or with something else, and show the new run.
export function RerunForm({ execution, workspace, onClose }: Props) {
  const run = useExecution(workspace, execution);
  const rerun = useRerun(workspace, execution);
  const mayEdit = useMay(workspace, "workflow.run");
  const navigate = useNavigate();
  const [edited, setEdited] = useState<string>();
  const [version, setVersion] = useState<"published" | "same">("published");
  const [repeats, setRepeats] = useState(false);
  const first = run.data ? inputText(run.data.steps) : "";
  const text = edited ?? first;
  const { input, fault } = edited === undefined || edited === first ? {} : readInput(edited);
  const start = () => rerun.mutate({ version, repeat_effects: repeats, ...(input === undefined ? {} : { input }) },
    { onSuccess: (done) => navigate(`/w/${workspace}/executions/${done.execution_id}`) });

  return (
    <form className="credential-form" aria-label="Run it again" onSubmit={(event) => { event.preventDefault(); start(); }}>
      {mayEdit && (
        <FormGroup label="Input" labelFor="rerun-input" intent={fault ? "danger" : "none"}
          helperText={fault ?? "What the trigger gives: one object, or a list of objects, one for each item. As it was where nothing is changed."}>
          <TextArea id="rerun-input" fill rows={10} className="code-input" spellCheck={false} value={text}
            placeholder={run.isPending ? "Loading" : "As it was"} onChange={(event) => setEdited(event.target.value)} />
        </FormGroup>
      )}
      <FormGroup label="Version" labelFor="rerun-version">
        <HTMLSelect id="rerun-version" fill value={version} onChange={(event) => setVersion(event.target.value === "same" ? "same" : "published")}
          options={[{ value: "published", label: "What is published now" }, { value: "same", label: "The version that ran" }]} />
      </FormGroup>
      <Checkbox checked={repeats} onChange={(event) => setRepeats(event.currentTarget.checked)}>Make also those calls again that went well</Checkbox>
      {rerun.isError && <ProblemCallout error={rerun.error} />}
      <div className="credential-form-end">
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" intent="primary" disabled={fault !== undefined} loading={rerun.isPending}>Run it again</Button>
      </div>
    </form>
  );
}
