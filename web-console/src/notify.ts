// Telling somebody who looks elsewhere that a visitor waits: the title's figure, a tone, a desktop notification.

import { effect } from "@preact/signals";
import type { Conversation } from "../../web-widget/src/protocol.ts";
import { say, nameOf, select } from "./acts.ts";
import { t } from "./i18n.ts";
import { prefs } from "./prefs.ts";
import { me, person, tally } from "./state.ts";

let audio: AudioContext | undefined;

/** Keeps the title at the number of those who wait. It never blinks: a figure that stands still is read too. */
export function keepTitle(): void {
  effect(() => {
    const waiting = person.value ? tally.value.waiting : 0;
    const title = t("app");
    document.title = waiting > 0 ? t("notify.title.count", { n: waiting, title }) : title;
  });
}

export function announce(conversation: Conversation, passed: boolean): void {
  if (!passed && !isForMe(conversation)) return;
  const name = nameOf(conversation);
  say(t(passed ? "notify.passed" : "notify.waiting", { name }));
  if (prefs.value.sound) ring();
  if (!prefs.value.desktop || !("Notification" in window) || Notification.permission !== "granted" || document.hasFocus()) return;
  // The visitor's words stay out: a notification is seen by whoever stands behind the desk.
  const shown = new Notification(t(passed ? "notify.passed" : "notify.title", { name }), { tag: conversation.c, lang: document.documentElement.lang });
  shown.onclick = () => {
    window.focus();
    select(conversation.c);
    shown.close();
  };
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
