import { Icon, Tag } from "@blueprintjs/core";
import { statusLook } from "../lib/status";

export function StatusTag({ status }: { status: string }) {
  const look = statusLook(status);
  return (
    <Tag minimal round intent={look.intent} icon={<Icon icon={look.icon} size={12} />} data-status={status}>
      {look.label}
    </Tag>
  );
}
