// The conversation as text to keep.

import type { Ev } from "./protocol.ts";
import type { Row } from "./timeline.ts";

/** The conversation as a text file for the visitor to keep. */
export function transcript(rows: readonly Row[], words: { title: string; you: string; bot: string; line: (ev: Ev) => string; day: (at: number) => string; clock: (at: number) => string; plain: (markdown: string) => string }): string {
  const lines = [words.title, ""];
  for (const row of rows) {
    if (row.type === "day") lines.push("", `-- ${words.day(row.at)} --`);
    else if (row.type === "line") lines.push(`* ${words.line(row.ev)}`);
    else {
      const who = row.speaker === "visitor" ? words.you : row.speaker === "bot" ? words.bot : (row.name ?? words.bot);
      lines.push(`[${words.clock(row.at)}] ${who}: ${row.speaker === "visitor" ? row.text : words.plain(row.text)}`);
    }
  }
  return lines.join("\n").replace(/\n{3,}/g, "\n\n") + "\n";
}
