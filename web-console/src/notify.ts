// Telling somebody who looks elsewhere that a visitor waits: the title's figure, a tone, a desktop notification.

import { effect } from "@preact/signals";
import { say, nameOf, select } from "./acts.ts";
import { t } from "./i18n.ts";
import type { Occasion } from "./line.ts";
import { prefs } from "./prefs.ts";
import { me, person, selected, tally } from "./state.ts";
import type { Conversation } from "./wire.ts";

let audio: AudioContext | undefined;

/** Keeps the title at the number of those who wait. It never blinks: a figure that stands still is read too. */
export function keepTitle(): void {
  effect(() => {
    const waiting = person.value ? tally.value.waiting : 0;
    const title = t("app");
    document.title = waiting > 0 ? t("notify.title.count", { n: waiting, title }) : title;
  });
}

export function announce(conversation: Conversation, what: Occasion): void {
  if (what === "waiting" && !isForMe(conversation)) return;
  if (what === "message" && document.hasFocus() && conversation.c === selected.value) return;
  const name = nameOf(conversation);
  // An offer has a card of its own, which is told as it comes.
  if (what !== "message" && what !== "offer") say(t(`notify.${what}`, { name }));
  if (what === "missed" || !prefs.value.rules[what] || isQuiet(new Date(), prefs.value.quiet)) return;
  if (prefs.value.sound) ring();
  if (!prefs.value.desktop || !("Notification" in window) || Notification.permission !== "granted" || document.hasFocus()) return;
  // The visitor's words stay out: a notification is seen by whoever stands behind the desk.
  const shown = new Notification(what === "waiting" ? t("notify.title", { name }) : t(`notify.${what}`, { name }), { tag: conversation.c, lang: document.documentElement.lang });
  shown.onclick = () => {
    window.focus();
    select(conversation.c);
    shown.close();
  };
}

/** Whether the clock stands between two times of day, `HH:MM`, over midnight too. */
export function isQuiet(at: Date, quiet: { from: string; to: string } | undefined): boolean {
  if (!quiet || quiet.from === quiet.to) return false;
  const time = `${String(at.getHours()).padStart(2, "0")}:${String(at.getMinutes()).padStart(2, "0")}`;
  return quiet.from < quiet.to ? time >= quiet.from && time < quiet.to : time >= quiet.from || time < quiet.to;
}

/** Two short tones, made here: no file, nothing to load. */
export function ring(): void {
  try {
    audio ??= new AudioContext();
    void audio.resume();
    for (const [at, pitch] of [
      [0, 880],
      [0.16, 1174.7],
    ] as const) {
      const start = audio.currentTime + at;
      const tone = audio.createOscillator();
      const gain = audio.createGain();
      tone.frequency.value = pitch;
      gain.gain.setValueAtTime(0.0001, start);
      gain.gain.exponentialRampToValueAtTime(0.14, start + 0.015);
      gain.gain.exponentialRampToValueAtTime(0.0001, start + 0.5);
      tone.connect(gain).connect(audio.destination);
      tone.start(start);
      tone.stop(start + 0.55);
    }
  } catch {
    // No sound device: the title and the list say it too.
  }
}

function isForMe(conversation: Conversation): boolean {
  const mine = me.value;
  if (!mine || mine.presence !== "online") return false;
  return mine.departments.length === 0 || !conversation.department || mine.departments.includes(conversation.department);
}
