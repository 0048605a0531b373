// What a reply should not say: the rules that the program ships and the team's own, and two that no list of words can hold:
// shouting, and leaving an upset visitor without a word. Rules only, no model. Fetched with the first reply box.

import { lang, type Lang } from "./i18n.ts";
import type { Wording } from "./kept.ts";

export type Hint = { id: string; hint: string };

const LOUD: Record<Lang, string> = { en: "Capitals and rows of exclamation marks read as shouting.", de: "Großbuchstaben und viele Ausrufezeichen lesen sich wie Geschrei." };
const UPSET: Record<Lang, string> = {
  en: "The visitor is upset, and this says nothing about it. One honest sentence first helps.",
  de: "Der Besucher ist verärgert, und hier steht nichts dazu. Ein ehrlicher Satz vorweg hilft.",
};

/** Any of these, and an upset visitor was not left without a word. */
const KIND =
  /(?<!\p{L})(?:sorry|apolog|understand|annoying|frustrat|unfortunate|regret|thank you for telling|should not have happened|shouldn['’]t have happened|tut mir|tut uns|leid|entschuldig|verzeih|verstehe|ärgerlich|bedaure|bedauern|unangenehm|désolé|pardon|je comprends|lo siento|entiendo|mi dispiace|capisco|lamento|compreendo)/iu;

/** Three words in capitals behind each other; one alone is an order number or a name. */
const SHOUT = /!{3,}|(?:(?<!\p{L})\p{Lu}{3,}(?!\p{L})[\s,.!]+){3,}/u;

/** The first thing to say of a reply; quoted lines are the visitor's words, not the writer's. `language`: the visitor's. */
export function check(text: string, rules: readonly Wording[], language: string | undefined, upset: boolean): Hint | undefined {
  const said = text.replace(/^>.*$/gm, "");
  const base = language?.split("-")[0];
  for (const rule of rules) {
    if (!rule.enabled || !rule.hint) continue;
    // A colleague may answer in another language than the visitor wrote; only what is plainly of another one is left out.
    if (rule.language && base && rule.language.split("-")[0] !== base && rule.pattern) continue;
    if (matches(said, rule)) return { id: rule.id, hint: rule.hint };
  }
  // No list of words can hold these two: the server knows them by name, and the team may switch them off.
  const on = (name: string) => rules.find((one) => one.id.endsWith(`${name}-${lang.value}`))?.enabled ?? true;
  if (on("shouting") && SHOUT.test(`${said} `)) return { id: "loud", hint: LOUD[lang.value] };
  if (on("silence") && upset && !KIND.test(said)) return { id: "upset", hint: UPSET[lang.value] };
  return undefined;
}

function matches(text: string, { words = [], pattern }: Wording): boolean {
  if (pattern) {
    try {
      if (new RegExp(pattern, "iu").test(text)) return true;
    } catch {
      // Written for another engine: the server looks at it where it is kept.
    }
  }
  if (words.length === 0) return false;
  const some = words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/['’]/g, "['’]").replace(/\s+/g, "\\s+"));
  return new RegExp(`(?<![\\p{L}\\p{N}])(?:${some.join("|")})(?![\\p{L}\\p{N}])`, "iu").test(text);
}
