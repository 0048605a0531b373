// The menu, what it saves, and the tone. Fetched once the panel is open.

import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { Icon, type IconName } from "./icons.tsx";
import { plainText } from "./markdown.ts";
import { css } from "./menu.css";
import { own } from "./own.ts";
import { lineText } from "./rows.tsx";
import type { TextTable } from "./texts.ts";
import { timeline } from "./timeline.ts";
import { transcript } from "./transcript.ts";
import { shopName, type View } from "./view.ts";
import { peopleOf } from "./wait.ts";

declare const WORDS: Partial<TextTable>;
export { css };
export const words = WORDS;
export const needs = ["rows", "theirs"] as const;
export const icons = {
  past: "M3.6 7.2A7 7 0 1 1 3 10M3 4v3.4h3.4M10 6.5v3.7l2.6 1.5",
  sound: "M5 8.5a5 5 0 0 1 10 0c0 4 1.5 5 1.5 5h-13S5 12.5 5 8.500M8.3 16a1.9 1.9 0 0 0 3.4 0",
  data: "M5 3h6.500L15 6.500V17H5zM11.5 3v3.500H15M10 8.500v5M8 11.600l2 2 2-2",
  erase: "M4 5.500h12M8 5.500V3.500h4v2M5.5 5.500l.7 11h7.600l.7-11M8.5 8.500v5M11.5 8.500v5",
  end: "M2.8 10a7.2 7.2 0 1 0 14.4 0 7.2 7.2 0 1 0-14.4 0M7.3 7.300l5.4 5.400M12.7 7.300l-5.4 5.4",
  leave: "M11.5 4H5v12h6.5M9 10h8M14 7l3 3-3 3",
  more: "M5 10h.01M10 10h.01M15 10h.01",
};

interface MenuItem {
  readonly icon: IconName;
  readonly label: string;
  readonly run: () => void;
  /** A line before it. */
  readonly apart?: boolean;
  readonly checked?: boolean;
}

/** A menu button: arrows walk, Escape and Tab leave, and focus goes back where it came from. */
export function Menu(view: View): VNode | null {
  const { store, state, settings, texts } = view;
  const { t } = texts;
  const [open, setOpen] = useState(false);
  const label = t("menu");
  const { screen, log, status, past } = state;
  const talk = screen === "talk";
  const known = store.token() !== null && (log !== null || past.length > 0);
  const items: MenuItem[] = [
    ...(talk && status.state === "bot" && peopleOf(state) !== "full" ? [{ icon: "person" as const, label: t("talkToPerson"), run: store.askPerson }] : []),
    ...(talk ? [{ icon: "search" as const, label: t("searchHelp"), run: () => store.read(null) }] : []),
    ...(past.some((one) => one.c !== log?.c) ? [{ icon: "past" as const, label: t("pastTalks"), run: () => store.show("past") }] : []),
    ...(settings.sound ? [{ icon: "sound" as const, label: t("sound"), run: () => mute(view, !state.muted), checked: !state.muted }] : []),
    ...(talk && log ? [{ icon: "download" as const, label: t("downloadTalk"), run: () => saveTalk(view) }] : []),
    ...(talk && (status.state === "bot" || status.state === "closed") ? [{ icon: "again" as const, label: t("startOver"), run: store.startOver }] : []),
    ...(talk && log && status.state === "waiting" ? [{ icon: "leave" as const, label: t("leaveLine"), run: store.leaveLine }] : []),
    ...(talk && log && status.state !== "closed" ? [{ icon: "end" as const, label: t("endConversation"), run: store.end }] : []),
    ...(known
      ? [
          { icon: "data" as const, label: t("downloadData"), run: () => void saveData(view), apart: true },
          { icon: "erase" as const, label: t("eraseData"), run: () => store.held.set({ asking: "erase" }) },
        ]
      : []),
  ];
  const button = useRef<HTMLButtonElement>(null);
  const list = useRef<HTMLDivElement>(null);

  useEffect(() => {
    if (!open) return undefined;
    list.current?.querySelector("button")?.focus();
    const root = list.current?.getRootNode();
    const outside = (event: Event): void => {
      if (!event.composedPath().includes(list.current?.parentElement as EventTarget)) setOpen(false);
    };
    root?.addEventListener("pointerdown", outside);
    document.addEventListener("pointerdown", outside);
    return () => {
      root?.removeEventListener("pointerdown", outside);
      document.removeEventListener("pointerdown", outside);
    };
  }, [open]);

  function leave(): void {
    setOpen(false);
    button.current?.focus();
  }

  function keys(event: KeyboardEvent): void {
    const buttons = Array.from(list.current?.querySelectorAll("button") ?? []);
    const at = buttons.indexOf((list.current?.getRootNode() as ShadowRoot).activeElement as HTMLButtonElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      buttons[(to + buttons.length) % buttons.length]?.focus();
    } else if (event.key === "Escape") {
      event.stopPropagation();
      leave();
    } else if (event.key === "Tab") setOpen(false);
  }

  if (items.length === 0) return null;
  return (
    <div class="menu">
      <button ref={button} type="button" class="icon" aria-label={label} aria-haspopup="menu" aria-expanded={open ? "true" : "false"} onClick={() => setOpen(!open)}>
        <Icon name="more" />
      </button>
      {open && (
        <div ref={list} class="list" role="menu" aria-label={label} onKeyDown={keys}>
          {items.map((item) => (
            <button
              key={item.icon}
              type="button"
              role={item.checked === undefined ? "menuitem" : "menuitemcheckbox"}
              aria-checked={item.checked === undefined ? undefined : item.checked ? "true" : "false"}
              class={item.apart ? "apart" : ""}
              tabIndex={-1}
              onClick={() => {
                leave();
                item.run();
              }}
            >
              <Icon name={item.icon} size={16} />
              <span>{item.label}</span>
              {item.checked && <Icon name="check" size={16} />}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}

function mute({ store: { held } }: View, muted: boolean): void {
  held.set({ muted });
  held.keep({ muted });
}

/** The conversation as a text file. */
export function saveTalk(view: View): void {
  const { texts, store, state } = view;
  const rows = timeline({ log: state.log, outbox: state.outbox, live: true, seen: 0 });
  const text = transcript(rows, {
    title: `${texts.t("transcript", { name: shopName(view) })}, ${new Date(store.now()).toLocaleDateString(texts.language)}`,
    you: texts.t("you"),
    bot: texts.t("assistant"),
    line: (ev) => lineText(view, ev),
    day: (at) => new Date(at).toLocaleDateString(texts.language, { dateStyle: "full" }),
    clock: texts.clock,
    plain: plainText,
  });
  save(`chat-${stamp(store.now())}.txt`, new Blob([text], { type: "text/plain;charset=utf-8" }));
}

async function saveData({ base, store }: View): Promise<void> {
  const answer = await own(base, "export", store.token());
  const data = await answer?.blob().catch(() => undefined);
  if (data) save(`data-${stamp(store.now())}.json`, data);
  else {
    store.show("home");
    store.held.set({ outcome: "failed" });
  }
}

/** Letters, digits and hyphens alone: a name that every system takes. */
function stamp(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

function save(name: string, data: Blob): void {
  const url = URL.createObjectURL(data);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

let audio: AudioContext | null = null;

/** Sounds for what comes while nobody looks. A page may sound only once it was touched. */
export function Chime({ state, seq }: View & { seq: number }): null {
  const heard = useRef(state.filling ? Infinity : seq);
  useEffect(() => {
    const fresh = seq > heard.current && (!state.open || document.hidden);
    if (!state.filling) heard.current = seq;
    if (fresh && !state.muted && navigator.userActivation?.hasBeenActive) chime();
  }, [seq, state.filling]);
  return null;
}

/** Two soft notes. */
function chime(): void {
  audio ??= new AudioContext();
  const { currentTime: now, destination } = audio;
  for (const [at, pitch] of [[0, 659], [0.12, 880]] as const) {
    const [tone, loud] = [audio.createOscillator(), audio.createGain()];
    tone.frequency.value = pitch;
    loud.gain.setValueAtTime(0, now + at);
    loud.gain.linearRampToValueAtTime(0.06, now + at + 0.02);
    loud.gain.exponentialRampToValueAtTime(0.0001, now + at + 0.4);
    tone.connect(loud).connect(destination);
    tone.start(now + at);
    tone.stop(now + at + 0.4);
  }
}
