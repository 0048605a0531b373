// The panel alone: the page /chat, and /embed, which is held in a frame by another page.

import { ofSite, given, shell, type Part } from "./shell.ts";

const from = given();
const settings = ofSite(from, new URLSearchParams(location.search).get("site") ?? from.site ?? "default");
const base = new URL(".", import.meta.url).href;
const { host, root } = shell(settings);
document.body.append(host);
const part = document.documentElement.dataset["part"] ?? "panel";
void (import(`${base}widget/${from.pin}/${part}.js`) as Promise<Part>).then(({ mount }) => mount({ root, host, launcher: null, settings, base, languages: navigator.languages, resume: null, emit: () => undefined }, () => undefined));
