// The list of labels: search, show, show only one.
import { glyph } from "./colors";
import { count, data, labels } from "./data";
import { h, replace } from "./dom";
import { isolate, on, showLabels, state, tell, visibleCount } from "./state";
import { labelName, t, whole } from "./text";

export function makeLegend(): HTMLElement {
  const search = h("input", { type: "search", id: "legend-search", oninput: () => filter() });
  const list = h("ul", { class: "legend-list" });
  const summary = h("p", { class: "hint", "aria-live": "polite" });
  const heading = h("h3", {});
  const skip = h("a", { class: "skip", href: "#under-map" });
  const buttons = h("div", { class: "group" });
  const empty = h("p", { class: "hint", hidden: true });
  const rows: { row: HTMLElement; check: HTMLInputElement; text: string }[] = [];

  function build(): void {
    skip.textContent = t("skip_labels");
    heading.textContent = `${t("nav_labels")} (${whole(data.run.counts?.labels ?? labels.length)})`;
    search.placeholder = t("search_labels");
    search.setAttribute("aria-label", t("search_labels"));
    empty.textContent = t("no_match");
    replace(buttons,
      h("button", { type: "button", "data-show": "all", onclick: () => showLabels(() => true) }, t("show_all")),
      h("button", { type: "button", "data-show": "none", onclick: () => showLabels(() => false) }, t("show_none")));
    rows.length = 0;
    labels.forEach((label, i) => {
      const name = labelName(i);
      const check = h("input", {
        type: "checkbox", "aria-label": t("show_this", { label: name }),
        onchange: () => {
          state.shown[i] = check.checked ? 1 : 0;
          tell("visible");
        },
      });
      const row = h("li", { "data-label": i },
        h("label", {}, check, glyph(i), h("bdi", { title: name }, name), h("span", { class: "count" }, whole(label.count))),
        h("button", { type: "button", class: "only", "aria-label": t("only_this", { label: name }), onclick: () => isolate([i]) }, t("only")));
      rows.push({ row, check, text: name.toLowerCase() });
    });
    replace(list, ...rows.map(({ row }) => row));
    filter();
    update();
  }

  function filter(): void {
    const wanted = search.value.trim().toLowerCase();
    let found = 0;
    for (const { row, text } of rows) {
      row.hidden = !text.includes(wanted);
      if (!row.hidden) found++;
    }
    empty.hidden = found > 0;
  }

  function update(): void {
    rows.forEach(({ row, check }, i) => {
      check.checked = state.shown[i] === 1;
      row.classList.toggle("off", !check.checked);
    });
    summary.textContent = t("visible_count", { n: whole(visibleCount()), total: whole(count) });
  }

  on(["language", "theme"], build);
  on(["visible"], update);
  build();
  return h("section", { class: "legend", "aria-label": t("nav_labels") }, skip, heading, search, buttons, list, empty, summary);
}
