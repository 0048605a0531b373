// A few words beside the button, by the page's own side: to be clicked or put away.

export { css } from "./proactive.css";

/** `said` when the words are clicked, `away` when they are put away. */
export function offer(text: string, dismiss: string, said: () => void, away: () => void): HTMLElement {
  const box = document.createElement("div");
  box.className = "offer";
  const say = document.createElement("button");
  say.textContent = text;
  say.dir = "auto";
  say.onclick = said;
  const close = document.createElement("button");
  close.className = "away";
  close.textContent = "×";
  close.ariaLabel = dismiss;
  close.onclick = away;
  for (const button of [say, close]) button.type = "button";
  box.onkeydown = ({ key }) => {
    if (key === "Escape") away();
  };
  box.append(say, close);
  return box;
}

/** Where they are shown: there before they are, or nothing would be said. */
export function placeFor(launcher: HTMLElement | null, start: boolean): HTMLElement {
  const place = document.createElement("div");
  place.setAttribute("role", "status");
  place.className = start ? "start" : "";
  place.dir = launcher?.dir ?? "";
  launcher?.before(place);
  return place;
}
