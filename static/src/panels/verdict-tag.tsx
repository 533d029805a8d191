import { verdictLook } from "../lib/verdict";

export function VerdictTag({ verdict }: { verdict: string }) {
  const look = verdictLook(verdict);
  return (
    <span className={`status-tag tone-${look.tone}`} data-verdict={verdict}>
      <look.icon size={12} />
      {look.label}
    </span>
  );
}
