// The protocol over plain HTTP, for where sockets are blocked: as a `WebSocketLike`. Fetched only there.

import type { WebSocketLike } from "./socket.ts";

const GONE = 1006;

/** `base`: root of the server. Frames arrive as lines of an answer that does not end, and leave as requests, one after the other. */
export function openStream(base: string): WebSocketLike {
  const away = new AbortController();
  const waiting: string[] = [];
  let name = "";
  let sending = false;
  let over = false;
  const line: WebSocketLike = {
    onopen: null,
    onmessage: null,
    onclose: null,
    onerror: null,
    send: (text) => {
      waiting.push(text);
      void pump();
    },
    close: () => {
      over = true;
      away.abort();
    },
  };

  function end(code: number): void {
    if (over) return;
    line.close();
    line.onclose?.({ code } as never);
  }

  const post = (path: string, body: string): Promise<Response> =>
    fetch(`${base}api/v1/${path}`, { method: "POST", body, signal: away.signal, credentials: "omit", cache: "no-store", referrerPolicy: "no-referrer" });

  async function pump(): Promise<void> {
    if (sending || over) return;
    sending = true;
    while (waiting.length > 0 && !over) {
      const sent = await post("stream/send", [name, ...waiting.splice(0)].join("\n")).catch(() => null);
      if (!sent?.ok) end(GONE);
    }
    sending = false;
  }

  function told(text: string): void {
    if (over || text === "") return;
    if (name === "") {
      name = text;
      line.onopen?.({} as never);
    } else if (text.startsWith('{"type":"close"')) {
      end((JSON.parse(text) as { code: number }).code);
    } else line.onmessage?.({ data: text } as never);
  }

  async function read(): Promise<void> {
    const answer = await post("stream", "");
    if (!answer.ok || !answer.body) return;
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const lines = (rest + value).split("\n");
      rest = lines.pop() ?? "";
      lines.forEach(told);
    }
  }

  void read()
    .catch(() => undefined)
    .then(() => end(GONE));
  return line;
}
