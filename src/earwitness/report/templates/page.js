"use strict";

(() => {
  const page = JSON.parse(document.getElementById("page-data").textContent);
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const narrow = window.matchMedia("(max-width: 35rem)");
  const find = (selector, within = document) => [...within.querySelectorAll(selector)];
  const byId = (id) => document.getElementById(id);
  const percent = (value) => (value === null ? "–" : `${value.toFixed(1)}\u202f%`);

  // --- charts: a specification for light and one for dark, over the same rows ---

  const views = {};
  // What a reader has chosen, told to a chart again when it is drawn anew.
  const state = {};

  async function draw(place) {
    const name = place.dataset.chart;
    const scheme = dark.matches ? "dark" : "light";
    const drawn = state[name] ?? {};
    const spec = structuredClone(page.specs[scheme][drawn.spec ?? name]);
    spec.config = structuredClone(page.themes[scheme]);
    if (narrow.matches) {
      spec.config.axisY.labelLimit = 104;
      spec.config.legend.columns = 2;
    }
    if (drawn.height) spec.height = drawn.height;
    spec.datasets = { rows: drawn.rows ?? page.rows[name] ?? [] };
    for (const param of spec.params ?? []) {
      if (drawn.signals && param.name in drawn.signals) param.value = drawn.signals[param.name];
    }
    views[name]?.finalize();
    const result = await vegaEmbed(place, spec, { mode: "vega-lite", renderer: "svg", actions: false, tooltip: { theme: "custom" } });
    views[name] = result.view;
  }

  async function drawAll() {
    for (const place of find("[data-chart]")) await draw(place);
    document.documentElement.dataset.drawn = String(Number(document.documentElement.dataset.drawn ?? 0) + 1);
  }

  // One change after another: a redraw and a slider may not meet in the middle.
  let last = Promise.resolve();
  const later = (work) => (last = last.then(work));

  function signal(name, key, value) {
    state[name] = { ...state[name], signals: { ...state[name]?.signals, [key]: value } };
    later(() => views[name]?.signal(key, value).runAsync());
  }

  function rows(name, values, { spec = name, signals = {} } = {}) {
    const anew = (state[name]?.spec ?? name) !== spec;
    state[name] = { ...state[name], rows: values, spec, signals };
    later(() => {
      const place = document.querySelector(`[data-chart="${name}"]`);
      if (!views[name]) return null; // it will be drawn with what it was told
      if (anew) return draw(place);
      for (const [key, value] of Object.entries(signals)) views[name].signal(key, value);
      return views[name].data("rows", values).runAsync();
    });
  }

  // --- what is chosen by a list: a chart of one system and the words and table beside it ---

  for (const select of find("select[data-selects]")) {
    const name = select.dataset.selects;
    const panels = find(`[data-panels="${name}"] > [data-of]`);
    if (!panels.length) continue;
    // Without this program all of them are there to read.
    const show = () => {
      for (const panel of panels) panel.hidden = panel.dataset.of !== select.value;
    };
    select.addEventListener("change", () => {
      show();
      signal(name, "system", select.value);
    });
    show();
  }

  // --- the filters ---

  const boxes = find('input[name="paradigm"]');
  function filterParadigms() {
    const shown = boxes.filter((box) => box.checked).map((box) => box.value);
    const lines = find("#ranked-systems tbody tr");
    for (const line of lines) line.hidden = !shown.includes(line.dataset.paradigm);
    byId("filter-says").textContent = `${lines.filter((line) => !line.hidden).length} of ${lines.length} systems shown`;
    // Fewer bars take less room, and each stays as high as it was.
    const all = page.rows.comparison;
    const left = all.filter((row) => shown.includes(row.paradigm));
    const { height } = page.specs.light.comparison;
    state.comparison = { rows: left, height: height - 30 * (all.length - Math.max(1, left.length)) };
    later(() => draw(document.querySelector('[data-chart="comparison"]')));
  }
  for (const box of boxes) box.addEventListener("change", filterParadigms);

  const measure = byId("difference-measure");
  const task = byId("difference-task");
  function filterDifferences() {
    const lines = find("#differences tr");
    for (const line of lines) line.hidden = line.dataset.measure !== measure.value || line.dataset.task !== task.value;
    const left = lines.filter((line) => !line.hidden).length;
    byId("differences-say").textContent = `${left} of ${lines.length} comparisons shown`;
  }
  if (measure) {
    measure.addEventListener("change", filterDifferences);
    task.addEventListener("change", filterDifferences);
    // All that is left is of one measure and task, which the lists above name.
    byId("differences").closest("table").classList.add("filtered");
    filterDifferences();
  }

  // --- what if it could reason ---

  const reasoningSlider = byId("reasoning-slider");
  function reason() {
    const name = byId("reasoning-system").value;
    const q = Number(reasoningSlider.value);
    const lines = page.reasoning[name].map((line) => {
      const then = line.two_option === null ? null : line.two_option + (q / 100) * (100 - line.two_option);
      return { ...line, then, measured: line.acc1[0], value: line.acc1[q] };
    });
    const cells = find("#reasoning-rows tr");
    lines.forEach((line, place) => {
      const values = [line.measured, line.value, line.two_option, line.then];
      values.forEach((value, column) => (cells[place].cells[column + 1].textContent = value?.toFixed(1) ?? "–"));
    });
    const mean = lines[lines.length - 1];
    byId("reasoning-share").textContent = `${q} %`;
    const reasoned = mean.two_option === null ? "" : `it would be right in ${percent(mean.then)} of the two-option tests (measured: ${percent(mean.two_option)}), and `;
    byId("reasoning-says").textContent =
      q === 0
        ? `As measured, ${name} finds a right clip first in ${percent(mean.measured)} of the queries.`
        : `If ${name} rejected ${q} % of the clips that hold the sounds but break the logic, ${reasoned}a right clip would come first in ${percent(mean.value)} of the queries instead of ${percent(mean.measured)}.`;
    rows("reasoning", lines.map((line) => ({ task: line.task, measured: line.measured, value: line.value, said: `${percent(line.measured)} measured, ${percent(line.value)} then` })));
  }
  if (reasoningSlider) {
    reasoningSlider.addEventListener("input", reason);
    byId("reasoning-system").addEventListener("change", reason);
    reason();
  }

  // --- the alignment ---

  const alignmentSlider = byId("alignment-slider");
  const pictureTold = {
    PCA: "Embeddings, projected onto their two main directions. The chosen query stands out; the others are faint.",
    "t-SNE": "Embeddings, laid out by t-SNE: near is alike, far says little. The chosen query stands out.",
    scores: "Scores of the chosen query’s clips: upper line clips that answer it, lower line its hard negatives.",
  };
  const chosenSystem = () => page.alignment.find((each) => each.name === byId("alignment-system").value);

  function align() {
    const system = chosenSystem();
    const picture = byId("alignment-picture").value;
    const place = byId("alignment-query").selectedIndex;
    const query = system.queries[place];
    const step = Number(alignmentSlider.value);
    const between = (from, to) => from + (step / 10) * (to - from);
    const points = system.pictures[picture].map((p) => ({
      role: p.role,
      said: p.said,
      chosen: p.query === place,
      x: between(p.x, p.x1),
      y: between(p.y, p.y1),
    }));
    const when = step === 0 ? "As measured" : step === 10 ? "Ideally" : `After ${step * 10} % of the way`;
    const margin = query.margin[step];
    byId("alignment-share").textContent = step === 0 ? "measured" : step === 10 ? "ideal" : `${step * 10} % of the way`;
    byId("alignment-says").textContent =
      `${when}, a clip that answers “${query.text}” scores above a hard negative in ${percent(query.auc[step])} of the cases. ` +
      `The best answer stands ${Math.abs(margin).toFixed(0)} places ${margin >= 0 ? "before" : "behind"} the best hard negative.`;
    byId("alignment-kind").textContent = pictureTold[picture];
    if (picture !== "scores") {
      rows("alignment", points, { spec: "alignment-map" });
      return;
    }
    // The axis holds every place on the way, so that it stands still while the points move.
    const places = system.pictures.scores.filter((p) => p.query === place).flatMap((p) => [p.x, p.x1]);
    const signals = { low: Math.min(...places) - 0.3, high: Math.max(...places) + 0.3 };
    rows("alignment", points, { spec: "alignment-strip", signals });
  }
  if (alignmentSlider) {
    const chooseSystem = () => {
      const pictures = byId("alignment-picture");
      const before = pictures.value;
      pictures.replaceChildren(...Object.keys(chosenSystem().pictures).map((name) => new Option(name)));
      if (before in chosenSystem().pictures) pictures.value = before;
      align();
    };
    alignmentSlider.addEventListener("input", align);
    for (const id of ["alignment-query", "alignment-picture"]) byId(id).addEventListener("change", align);
    byId("alignment-system").addEventListener("change", chooseSystem);
    align();
  }

  // --- the clips: one plays at a time, and a line runs over its picture ---

  const players = find("audio");
  for (const audio of players) {
    const stage = audio.parentElement.querySelector(".stage");
    const head = stage.querySelector(".playhead");
    const length = Number(stage.dataset.duration);
    const show = () => {
      head.hidden = audio.currentTime === 0 && audio.paused;
      head.style.left = `${Math.min(100, (100 * audio.currentTime) / length)}%`;
    };
    const run = () => {
      show();
      if (!audio.paused && !audio.ended) requestAnimationFrame(run);
    };
    audio.addEventListener("play", () => {
      for (const other of players) if (other !== audio) other.pause();
      run();
    });
    for (const event of ["timeupdate", "seeked", "pause", "ended"]) audio.addEventListener(event, show);
  }

  // --- drawn now, and again when the colours or the width ask for it ---

  later(drawAll);
  for (const query of [dark, narrow]) query.addEventListener("change", () => later(drawAll));
})();
