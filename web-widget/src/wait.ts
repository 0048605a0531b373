import type { Wait } from "./protocol.ts";
import type { State } from "./state.ts";

/** How long one waits for a person; null: nobody is online who could come. */
export function waitOf({ queue, site }: State): Wait | null {
  return queue ? queue.wait : site?.staffed ? (site.wait_s ?? null) : null;
}
