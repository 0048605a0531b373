// How this tab reaches the server: by a socket that it shares with the visitor's other tabs; where sockets are blocked, over
// HTTP. Both come as files of their own, when they are needed.

import type { Down, Hub, Owner, Up } from "./shared.ts";
import type { Deps, WebSocketLike } from "./socket.ts";

/** A hub that says nothing for so long is in a tab that is frozen, or an older program. */
const SILENT_MS = 3_000;
/** A line that was inherited is taken up by then, or given free. */
const INHERITED_MS = 2_000;
/** Of the tab with the line; the others come back. */
const LEFT = 1001;
/** The line broke, or never was. */
const LOST = 1006;
const HEARTBEAT_LOST = 4000;
/** What is that tab's own trouble: its name is taken, or it has too many lines. */
const OWN_TROUBLE = [4504, 4508];

export interface LinesEnv {
  /** What the lock and the channel are named by: a visitor of a site. */
  readonly key: string;
  readonly base: string;
  readonly deps: Pick<Deps, "setTimeout" | "clearTimeout"> & { readonly open: Deps["open"] };
  /** Missing where tabs do not share: pages without TLS, and frames without storage. */
  readonly locks: Pick<LockManager, "request"> | undefined;
  readonly channel: ((name: string) => BroadcastChannel) | undefined;
  readonly about: Owner["about"];
  /** The parts that come later. */
  readonly shared: () => Promise<typeof import("./shared.ts")>;
  readonly stream: () => Promise<typeof import("./stream.ts")>;
}

/** Opens lines, for `Deps.open`. */
export function createLines(env: LinesEnv): Deps["open"] {
  const { deps, locks } = env;
  const name = `${env.key}:line`;
  /** Sockets that ended without a word since one spoke. */
  let silent = 0;
  /** The last one was open and said nothing until it was given up. */
  let stuck = false;
  /** The right to the line, of a tab that is gone. */
  let inherited: (() => void) | null = null;

  return (url) => {
    let inner: WebSocketLike | null = null;
    let channel: BroadcastChannel | null = null;
    let hub: Hub | null = null;
    let free = (): void => undefined;
    let hello = "";
    let welcome = "";
    /** What was told to everybody since. */
    let over = false;
    const line: WebSocketLike = {
      onopen: null,
      onmessage: null,
      onclose: null,
      onerror: null,
      send: (text) => {
        if (hello === "") hello = text;
        if (hub) hub.send(text);
        else inner?.send(text);
      },
      close: (code) => {
        if (!over) stuck = code === HEARTBEAT_LOST && welcome === "" && !stuck;
        inner?.close(code);
        end(LEFT);
      },
    };

    /** Over, for this tab and those that came with it. */
    function end(code: number): void {
      if (over) return;
      over = true;
      if (hub) post({ close: OWN_TROUBLE.includes(code) || code === 1000 ? LEFT : code });
      channel?.close();
      free();
    }

    function closed(code: number): void {
      if (over) return;
      end(code);
      line.onclose?.({ code } as never);
    }

    function post(message: Down | Up): void {
      channel?.postMessage(message);
    }

    function take(next: WebSocketLike, ended = closed, heard = (): void => undefined): void {
      inner = next;
      if (over) return next.close();
      next.onopen = () => line.onopen?.({} as never);
      next.onmessage = ({ data }: { data: string }) => {
        heard();
        if (data.startsWith('{"type":"welcome"')) welcome = data;
        if (hub && !hub.heard(data)) return;
        line.onmessage?.({ data } as never);
      };
      next.onclose = ({ code }: { code: number }) => ended(code);
    }

    /** By a socket; after one that was refused without a word over HTTP, in case that it is sockets that are. */
    function direct(): void {
      if (over) return;
      const overHttp = (): void => void env.stream().then(({ openStream }) => take(openStream(env.base)), () => closed(LOST));
      const refused = (code: number): void => {
        if (over) return;
        if (welcome !== "" || code !== LOST) return closed(code);
        silent += 1;
        if (silent < 2) closed(code);
        else overHttp();
      };
      if (stuck) return overHttp();
      try {
        take(deps.open(url), refused, () => (silent = 0));
      } catch {
        // The page's rules.
        overHttp();
      }
    }

    function lead(release: () => void): void {
      free = release;
      if (over) return free();
      channel = env.channel?.(name) ?? null;
      if (channel) {
        const asked: Up[] = [];
        channel.onmessage = ({ data }: { data: Up & Down }) => {
          if (data.from === undefined) return;
          if (hub) return hub.asked(data);
          if (asked.push(data) > 1) return;
          env.shared().then(
            ({ createHub }) => {
              hub = createHub({ post, send: (text) => inner?.send(text), beginning: () => (welcome === "" ? null : { hello, welcome }), about: env.about });
              asked.forEach(hub.asked);
            },
            // The others do without.
            () => asked.splice(0),
          );
        };
        // Those that hang on a line before this one come here.
        post({ close: LEFT });
      }
      direct();
    }

    /** Behind another tab's line; whoever hears nothing of it in time takes one of their own. */
    function follow(): void {
      channel = env.channel?.(name) ?? null;
      const queue = new AbortController();
      const patience = deps.setTimeout(alone, SILENT_MS);
      function alone(): void {
        free();
        channel?.close();
        channel = null;
        free = () => undefined;
        direct();
      }
      free = () => {
        queue.abort();
        deps.clearTimeout(patience);
      };
      env.shared().then(({ follow }) => {
        if (over || !channel || !locks) return;
        // The right to the next line is kept for a moment, for the line that takes the place of this one.
        const inherit = (release: () => void): void => {
          inherited = release;
          deps.setTimeout(() => inherited === release && (inherited = null, release()), INHERITED_MS);
        };
        take(follow({ channel, alive: () => deps.clearTimeout(patience), alone, locks, name, queue: queue.signal, next: (release) => (over ? release() : (closed(LEFT), inherit(release))) }));
      }, alone);
    }

    if (inherited) {
      const release = inherited;
      inherited = null;
      lead(release);
    } else if (!locks || !env.channel) direct();
    else {
      let answered = false;
      locks
        .request(name, { ifAvailable: true }, (lock) => {
          answered = true;
          if (over) return undefined;
          if (!lock) return follow();
          return new Promise<void>((release) => lead(release));
        })
        // A page without an origin of its own has locks and may not use them.
        .catch(() => answered || direct());
    }
    return line;
  };
}
