// Which rows of a long list have to stand in the page. Pure.

/** Heights of a row, of a group's heading and of the part that is seen, px. */
export type Sizes = { row: number; head: number; seen: number };

/** Rows kept ready above and below what is seen, so that a flick does not outrun them. */
const SPARE = 6;

/** For each group, given its number of rows: the first row that is needed and the one after the last. */
export function needed(groups: readonly number[], top: number, { row, head, seen }: Sizes): { from: number; to: number }[] {
  let at = 0;
  return groups.map((count) => {
    const first = at + head;
    at = first + count * row;
    const from = Math.min(count, Math.max(0, Math.floor((top - first) / row) - SPARE));
    const to = Math.max(from, Math.min(count, Math.ceil((top + seen - first) / row) + SPARE));
    return { from, to };
  });
}

/** Where to scroll so that a row is seen whole below its group's heading; as it is, if it is already. */
export function shownAt(groups: readonly number[], group: number, index: number, top: number, { row, head, seen }: Sizes): number {
  let at = head;
  for (const count of groups.slice(0, group)) at += head + count * row;
  const y = at + index * row;
  if (y - head < top) return y - head;
  return y + row > top + seen ? y + row - seen : top;
}
