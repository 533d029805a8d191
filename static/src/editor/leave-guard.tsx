import { useEffect } from "react";
import { Alert, Button } from "@blueprintjs/core";
import { useBlocker } from "react-router-dom";

// Leaving asks only where something would be lost.
export function LeaveGuard({ dirty, onSave }: { dirty: boolean; onSave: () => Promise<unknown> }) {
  const blocker = useBlocker(({ currentLocation, nextLocation }) => dirty && currentLocation.pathname !== nextLocation.pathname);
  useEffect(() => {
    if (!dirty) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [dirty]);
  return (
    <Alert isOpen={blocker.state === "blocked"} intent="primary" confirmButtonText="Save and leave" cancelButtonText="Stay" canEscapeKeyCancel onCancel={() => blocker.reset?.()}
      onConfirm={() => void onSave().then((saved) => (saved ? blocker.proceed?.() : blocker.reset?.()))}>
      <p>What you changed is not saved.</p>
      <Button variant="minimal" intent="danger" onClick={() => blocker.proceed?.()}>Leave without saving</Button>
    </Alert>
  );
}
