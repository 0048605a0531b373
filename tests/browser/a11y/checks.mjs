// What is measured in a page, through shadow roots, whatever the elements are called. Each gives a line for every fault.

/** Everything in the widget that can be seen, with helpers; runs in the page. */
const EYES = `(() => {
  const root = document.querySelector("deskbell-chat").shadowRoot;
  const all = [...root.querySelectorAll("*")];
  const tiny = (one) => { for (let at = one; at; at = at.parentElement) { const box = at.getBoundingClientRect(); if (getComputedStyle(at).position === "absolute" && box.width <= 1 && box.height <= 1) return true; } return false; };
  const seen = all.filter((one) => one.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && !tiny(one));
  const said = (one) => (one.ariaLabel ?? one.labels?.[0]?.textContent ?? one.textContent).replace(/\\s+/g, " ").trim().slice(0, 60);
  const called = (one) => one.localName + (one.className && typeof one.className === "string" ? "." + one.className.trim().replace(/\\s+/g, ".") : "") + " “" + said(one) + "”";
  const brush = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const known = new Map();
  const rgba = (colour) => {
    if (!known.has(colour)) {
      brush.clearRect(0, 0, 1, 1);
      brush.fillStyle = "#000";
      brush.fillStyle = colour;
      brush.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = brush.getImageData(0, 0, 1, 1).data;
      known.set(colour, [r, g, b, a / 255]);
    }
    return known.get(colour);
  };
  const over = (top, below) => [0, 1, 2].map((n) => top[n] * top[3] + below[n] * (1 - top[3])).concat(1);
  const behind = (one) => {
    const layers = [];
    for (let at = one; at; at = at.parentElement) {
      const colour = rgba(getComputedStyle(at).backgroundColor);
      if (colour[3] > 0) layers.push(colour);
      if (colour[3] === 1) break;
    }
    return layers.reverse().reduce((below, top) => over(top, below), rgba(getComputedStyle(document.documentElement).colorScheme === "dark" ? "#121212" : "#fff"));
  };
  const light = (colour) => { const [r, g, b] = colour.slice(0, 3).map((n) => ((n /= 255), n <= 0.04045 ? n / 12.92 : ((n + 0.055) / 1.055) ** 2.4)); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const ratio = (one, other) => { const [high, low] = [light(one), light(other)].sort((a, b) => b - a); return (high + 0.05) / (low + 0.05); };
  const resting = (one) => one.closest(":disabled, [aria-disabled=true]");
  return { root, all, seen, said, called, rgba, behind, over, ratio, resting };
})()`;

const inPage = (page, run, argument) => page.evaluate(`(${run})(${EYES}, ${JSON.stringify(argument ?? null)})`);

/** 1.4.3, 1.4.11: words 4.5 to 1 (large ones 3), drawings of controls and edges of fields 3, as they are computed. */
export const pale = (page) =>
  inPage(page, ({ seen, called, rgba, behind, over, ratio, resting }) => {
    const faults = [];
    for (const one of seen) {
      if (resting(one)) continue;
      const style = getComputedStyle(one);
      const words = [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== "");
      const drawing = one.localName === "svg" && one.closest("button, a");
      if (!words && !drawing) continue;
      const below = behind(one);
      const is = ratio(over(rgba(style.color), below), below);
      const size = parseFloat(style.fontSize);
      const least = drawing || size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700) ? 3 : 4.5;
      if (is < least) faults.push(`${is.toFixed(2)} < ${least}: ${called(one.closest("button, a") ?? one)} ${style.color} on ${below.map(Math.round)}`);
    }
    return faults;
  });

/** 2.5.8: what can be hit is at least so large; a link within a sentence may be as high as its line. */
export const small = (page, least) =>
  inPage(
    page,
    ({ seen, called }, least) =>
      seen
        .filter((one) => one.matches("button, a[href], input, textarea, select, label:has(input), [role=button], [role=menuitem]") && !one.closest("[inert]"))
        .filter((one) => !(one.localName === "a" && getComputedStyle(one).display === "inline"))
        .map((one) => {
          const box = one.getBoundingClientRect();
          const grown = ["::before", "::after"].map((of) => getComputedStyle(one, of)).filter(({ content, position }) => content !== "none" && position === "absolute");
          const more = (sides) => Math.max(0, ...grown.map((style) => sides.reduce((sum, side) => sum - (parseFloat(style[side]) || 0), 0)));
          return { one, width: Math.round(box.width + more(["left", "right"])), height: Math.round(box.height + more(["top", "bottom"])) };
        })
        .filter(({ width, height }) => width < least || height < least)
        .map(({ one, width, height }) => `${width}×${height} < ${least}: ${called(one)}`),
    least,
  );

/** 1.4.10, 1.4.12: nothing is wider than the screen, nothing scrolls sideways, no words are cut off. */
export const cut = (page) =>
  inPage(page, ({ seen, called }) => {
    const faults = document.documentElement.scrollWidth > innerWidth ? [`the page is ${document.documentElement.scrollWidth} px wide`] : [];
    for (const one of seen) {
      const { overflowX, overflowY, display } = getComputedStyle(one);
      if (one.localName === "textarea" || one.localName === "input" || one.localName === "svg" || one.closest("svg") || display === "inline") continue;
      const wide = one.scrollWidth - one.clientWidth;
      if (wide > 1 && overflowX !== "visible" && one.localName !== "pre" && one.localName !== "table") faults.push(`${wide} px too wide: ${called(one)}`);
      if (overflowY === "hidden" && one.scrollHeight - one.clientHeight > 2) faults.push(`${one.scrollHeight - one.clientHeight} px too high: ${called(one)}`);
      const box = one.getBoundingClientRect();
      if (box.width > 0 && (box.left < -1 || box.right > innerWidth + 1)) faults.push(`outside, ${Math.round(box.left)} to ${Math.round(box.right)}: ${called(one)}`);
    }
    return faults;
  });

/** 2.5.3: what is called by its name is called by what stands on it. 1.1.1: everything that can be used has a name. */
export const unnamed = (page) =>
  inPage(page, ({ seen, called }) => {
    const bare = (text) => text.replace(/[^\p{L}\p{N}]+/gu, " ").trim().toLowerCase();
    return seen
      .filter((one) => one.matches("button, a[href], input, textarea, [role=menuitem]"))
      .flatMap((one) => {
        const words = [...one.querySelectorAll("*"), one].flatMap((at) => [...at.childNodes].filter((node) => node.nodeType === 3 && !at.closest("[aria-hidden=true], .badge")).map((node) => node.data)).join(" ");
        const name = one.ariaLabel ?? one.labels?.[0]?.textContent ?? words;
        if (bare(name) === "") return [`no name: ${called(one)}`];
        return one.ariaLabel && !bare(one.ariaLabel).includes(bare(words)) ? [`“${words}” is called “${one.ariaLabel}”`] : [];
      });
  });

/** Forced colours: what only a shade held together has an edge. */
export const edgeless = (page) =>
  inPage(page, ({ root, seen, called }) => {
    const edged = (one) => {
      const style = getComputedStyle(one);
      return (parseFloat(style.borderTopWidth) > 0 && style.borderTopStyle !== "none") || (parseFloat(style.outlineWidth) > 0 && style.outlineStyle !== "none");
    };
    const need = seen.filter((one) => one.matches("[role=dialog]") || (one.localName === "textarea" && !edged(one) && !edged(one.closest("form")) && !edged(one.parentElement)));
    const log = root.querySelector("[role=log]");
    // Each message has an edge somewhere: on itself or on what holds its words.
    for (const turn of log?.querySelectorAll(":scope > div") ?? []) if (![turn, ...turn.querySelectorAll("*")].some((one) => seen.includes(one) && one.localName !== "button" && edged(one))) need.push(turn);
    return need.filter((one) => one.localName === "textarea" || one.getAttribute("role") !== "dialog" || !edged(one)).map((one) => `no edge: ${called(one)}`);
  });
