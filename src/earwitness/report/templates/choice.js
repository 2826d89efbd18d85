"use strict";

// The browser of items. Everything that comes from outside is set as text, never as markup.
(() => {
  const { items, systems, verdicts } = JSON.parse(document.getElementById("item-data").textContent);
  const byId = (id) => document.getElementById(id);
  const signs = { right: "✓", wrong: "✕", unparsed: "?", missing: "–", refused: "⊘", error: "!" };
  const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  const AT_ONCE = 20;
  const controls = Object.fromEntries(["text", "system", "verdict", "layer", "modality"].map((name) => [name, byId(`browse-${name}`)]));
  const list = byId("browse-items");
  const more = byId("browse-more");

  const element = (tag, { text, name, ...attributes } = {}, ...children) => {
    const made = document.createElement(tag);
    if (text !== undefined) made.textContent = text;
    if (name) made.className = name;
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children.filter(Boolean));
    return made;
  };
  const verdictOf = (system, place) => verdicts[Number(system.v[place])];
  const depends = (system, place) => Object.values(system.x).some((codes) => codes[place] !== system.v[place]);

  for (const [control, field] of [[controls.layer, "l"], [controls.modality, "m"]]) {
    control.append(...[...new Set(items.map((item) => item[field]))].filter(Boolean).map((each) => new Option(each, each)));
  }

  const places = new Set(systems.flatMap((system) => system.p ?? []).filter(Boolean));
  controls.verdict.append(...[...places].map((each) => new Option(each, `place:${each}`)));

  // What is searched in: question, choices and id; the answers of the chosen systems are added when they are searched.
  const words = items.map((item) => [item.id, item.q, ...item.c, item.s].join("\n").toLowerCase());

  function matches() {
    const chosen = controls.system.value === "" ? systems : [systems[Number(controls.system.value)]];
    const wanted = controls.verdict.value;
    const text = controls.text.value.trim().toLowerCase();
    const found = [];
    items.forEach((item, place) => {
      if (controls.layer.value && item.l !== controls.layer.value) return;
      if (controls.modality.value && item.m !== controls.modality.value) return;
      if (wanted === "differ") {
        // The chosen system against all others, or all among themselves.
        const rights = new Set(systems.map((system) => verdictOf(system, place) === "right"));
        if (rights.size < 2) return;
      } else if (wanted === "depends") {
        if (!chosen.some((system) => depends(system, place))) return;
      } else if (wanted.startsWith("place:")) {
        if (!chosen.some((system) => system.p?.[place] === wanted.slice("place:".length))) return;
      } else if (wanted && !chosen.some((system) => verdictOf(system, place) === wanted)) return;
      if (text && !words[place].includes(text) && !chosen.some((system) => (system.w[place] ?? "").toLowerCase().includes(text))) return;
      found.push(place);
    });
    return found;
  }

  function choice(item, place, at, chosen) {
    const who = chosen.filter((system) => system.c[place] === at).map((system) => system.name);
    const gold = at === item.g;
    const line = element("li", { name: gold ? "gold" : "" });
    line.append(element("span", { name: "letter", text: `${LETTERS[at] ?? at + 1}.` }), " ", element("span", { text: item.c[at] || "(empty)" }));
    if (gold) line.append(" ", element("span", { name: "badge good", text: "✓ right" }));
    if (who.length) line.append(" ", element("span", { name: gold ? "badge" : "badge bad", text: `${who.length > 3 ? `${who.length} systems` : who.join(", ")} chose this` }));
    return line;
  }

  function answer(system, item, place, open) {
    const verdict = verdictOf(system, place);
    const said = system.c[place] >= 0 ? `: ${item.c[system.c[place]] || "(empty)"}` : "";
    const summary = element("summary", {}, element("span", { name: "who", text: system.name }), " ");
    summary.append(element("span", { name: `verdict-${verdict}`, text: `${signs[verdict]} ${verdict}${said}` }));
    const body = element("div", { name: "said" });
    if (system.e[place]) body.append(element("p", { name: "failed", text: system.e[place] }));
    if (system.w[place] !== null) body.append(element("pre", { name: "words", text: system.w[place] || "(nothing)" }));
    if (system.t[place]) {
      body.append(element("details", {}, element("summary", { text: "What it thought before; never searched for an answer" }), element("pre", { name: "words", text: system.t[place] })));
    }
    if (verdict === "missing" && system.w[place] === null) body.append(element("p", { name: "quiet", text: "There is no answer." }));
    if (system.p?.[place]) body.append(element("p", { name: "quiet", text: `By its rubric: ${system.p[place]}.` }));
    if (depends(system, place)) {
      const others = Object.entries(system.x).map(([name, codes]) => `${name}: ${verdicts[Number(codes[place])]}`);
      body.append(element("p", { name: "quiet", text: `By other readers: ${others.join(", ")}.` }));
    }
    const details = element("details", { name: "answer" }, summary, body);
    details.open = open;
    return details;
  }

  function card(place, chosen) {
    const item = items[place];
    const about = [item.l, item.m, item.s].filter(Boolean).join(" · ");
    const made = element("li", { name: "item" });
    made.append(element("p", { name: "quiet" }, element("code", { text: item.id }), about ? ` ${about}` : ""));
    made.append(element("p", { name: "asked", text: item.q }));
    made.append(element("ol", { name: "choices" }, ...item.c.map((_, at) => choice(item, place, at, chosen))));
    if (item.a) {
      const audio = element("audio", { controls: "", preload: item.a.startsWith("data:") ? "metadata" : "none", src: item.a, "aria-label": `The recording of ${item.id}` });
      audio.addEventListener("play", () => {
        for (const other of list.querySelectorAll("audio")) if (other !== audio) other.pause();
      });
      audio.addEventListener("error", () => audio.replaceWith(element("p", { name: "quiet", text: "The recording is no longer where it was when this page was made." })));
      made.append(audio);
    }
    for (const system of chosen) made.append(answer(system, item, place, chosen.length === 1));
    return made;
  }

  let found = [];
  let shown = 0;
  function show() {
    const chosen = controls.system.value === "" ? systems : [systems[Number(controls.system.value)]];
    const next = found.slice(shown, shown + AT_ONCE);
    list.append(...next.map((place) => card(place, chosen)));
    shown += next.length;
    more.hidden = shown >= found.length;
    byId("browse-says").textContent = `${found.length.toLocaleString("en")} of ${items.length.toLocaleString("en")} items${shown < found.length ? `, the first ${shown} shown` : ""}`;
  }
  function browse() {
    found = matches();
    shown = 0;
    list.replaceChildren();
    show();
  }
  for (const control of Object.values(controls)) control.addEventListener("input", browse);
  byId("browse").addEventListener("submit", (event) => event.preventDefault());
  more.addEventListener("click", () => {
    const first = shown;
    show();
    list.children[first]?.querySelector("summary")?.focus();
  });

  // Buttons elsewhere on the page lead to the items that they speak of.
  for (const button of document.querySelectorAll("button[data-verdict]")) {
    button.addEventListener("click", () => {
      const place = systems.findIndex((system) => system.name === button.dataset.system);
      controls.text.value = controls.layer.value = controls.modality.value = "";
      controls.system.value = place < 0 ? "" : String(place);
      controls.verdict.value = button.dataset.verdict;
      browse();
      byId("items").scrollIntoView();
      controls.verdict.focus({ preventScroll: true });
    });
  }
  browse();
})();
