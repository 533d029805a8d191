import { useSearchParams } from "react-router-dom";

// A list's filter lives in the address, so that a link to a list is a link to what is seen.
export function useFilter<Name extends string>(names: readonly Name[]) {
  const [params, setParams] = useSearchParams();
  const value = Object.fromEntries(names.map((name) => [name, params.get(name) ?? ""])) as Record<Name, string>;
  const set = (name: Name, chosen: string) => {
    const next = new URLSearchParams(params);
    if (chosen === "") next.delete(name);
    else next.set(name, chosen);
    setParams(next, { replace: true });
  };
  return { value, set, clear: () => setParams({}, { replace: true }), active: names.some((name) => value[name] !== "") };
}
