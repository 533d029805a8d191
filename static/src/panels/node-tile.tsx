import { nodeLook } from "../lib/nodes";

// A node's picture: what it is (icon) and of which kind (colour).
export function NodeTile({ type, size = 16 }: { type: string; size?: number }) {
  const look = nodeLook(type);
  return (
    <span className={`node-tile kind-${look.category}`} aria-hidden="true">
      <look.icon size={size} />
    </span>
  );
}
