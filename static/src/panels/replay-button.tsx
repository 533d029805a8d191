import { Button } from "@blueprintjs/core";
import { Repeat } from "@blueprintjs/icons";
import { useNavigate } from "react-router-dom";
import type { useReplay } from "../api/executions";

interface Props {
  delivery: string;
  label: string;
  workspace: string;
  replay: ReturnType<typeof useReplay>;
}

// Runs what came in once more, as the workflow is now, and shows that run.
export function ReplayButton({ delivery, label, workspace, replay }: Props) {
  const navigate = useNavigate();
  const again = () => replay.mutate(delivery, { onSuccess: (done) => navigate(`/w/${workspace}/executions/${done.execution_id}`) });

  return <Button icon={<Repeat />} loading={replay.isPending} onClick={again}>{label}</Button>;
}
