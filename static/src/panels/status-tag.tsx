import { statusLook } from "../lib/status";

export function StatusTag({ status }: { status: string }) {
  const look = statusLook(status);
  return (
    <span className={`status-tag tone-${look.tone}`} data-status={status}>
      <look.icon size={12} className={status === "running" ? "spins" : undefined} />
      {look.label}
    </span>
  );
}
