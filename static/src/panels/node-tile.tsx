import { useNodeLook } from "../api/catalog";

// A node's picture: what it is (icon) and of which kind (colour).
export function NodeTile({ type, size = 16 }: { type: string; size?: number }) {
  const look = useNodeLook(type);
  return (
    <span className={`node-tile kind-${look.kind}`} aria-hidden="true">
      <look.icon size={size} />
    </span>
  );
}
