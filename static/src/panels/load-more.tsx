import { Button } from "@blueprintjs/core";

interface Props {
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  fetchNextPage: () => unknown;
}

export function LoadMore({ hasNextPage, isFetchingNextPage, fetchNextPage }: Props) {
  if (!hasNextPage) return null;
  return (
    <div className="load-more">
      <Button loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>Show more</Button>
    </div>
  );
}
