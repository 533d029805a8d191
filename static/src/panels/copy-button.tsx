import { useEffect, useState } from "react";
import { Button } from "@blueprintjs/core";
import { Duplicate, Tick } from "@blueprintjs/icons";

// Says that it is done by its own icon, for a moment.
export function CopyButton({ text, label }: { text: string; label: string }) {
  const [done, setDone] = useState(false);

  useEffect(() => {
    if (!done) return;
    const timer = setTimeout(() => setDone(false), 1500);
    return () => clearTimeout(timer);
  }, [done]);

  return (
    <Button variant="minimal" size="small" icon={done ? <Tick size={14} /> : <Duplicate size={14} />} aria-label={done ? "Copied" : label} title={label}
      onClick={() => void navigator.clipboard.writeText(text).then(() => setDone(true))} />
  );
}
