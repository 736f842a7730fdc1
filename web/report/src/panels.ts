// Pinned photos, and those that were selected on the map.
import { component, data, labelOf, labels, pathOf } from "./data";
import { h, replace } from "./dom";
import { labelLine, photoButton, picture, scoresOf } from "./photo";
import { hover, on, select, state, unpin } from "./state";
import { currentLanguage, labelName, t, whole } from "./text";

export function makePins(): HTMLElement {
  const root = h("section", { class: "pins" });
  const card = (point: number, place: number) =>
    h("li", { "data-point": point, onpointerenter: () => hover(point) },
      picture(point, 72),
      h("div", { class: "facts" }, labelLine(point), h("bdi", { class: "path" }, pathOf(point)), scoresOf(point, state.x, state.y)),
      h("span", { class: "place", "aria-hidden": "true" }, String(place + 1)),
      h("button", { type: "button", class: "close", "aria-label": t("unpin", { name: pathOf(point) }), onclick: () => unpin(point) }, "×"));
  const draw = () => {
    replace(root, h("h3", {}, t("pinned")),
      state.pins.length ? h("ol", {}, ...state.pins.map(card)) : h("p", { class: "hint" }, t("pinned_none")),
      state.pins.length > 1 && h("button", { type: "button", onclick: () => [...state.pins].forEach(unpin) }, t("unpin_all")));
  };
  on(["language", "pins", "axes", "theme", "thumbnails"], draw);
  draw();
  return root;
}

const PAGE = 120;

function csvField(text: string): string {
  return /[",\n\r]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}

function save(points: number[]): void {
  const lines = ["path,label," + Array.from({ length: data.components_shown }, (_, k) => `pc${k + 1}`).join(",")];
  for (const point of points) {
    const scores = Array.from({ length: data.components_shown }, (_, k) => component(k)[point]);
    lines.push([csvField(pathOf(point)), csvField(labels[labelOf[point]].name), ...scores].join(","));
  }
  const address = URL.createObjectURL(new Blob([lines.join("\n") + "\n"], { type: "text/csv" }));
  h("a", { href: address, download: "selection.csv" }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

export function makeSelection(): HTMLElement {
  const heading = h("h3", { "aria-live": "polite" });
  const content = h("div", {});
  const root = h("section", { class: "selection" }, heading, content);
  let shown = PAGE;
  const counts = () => {
    const byLabel = new Map<number, number>();
    for (const point of state.selection) byLabel.set(labelOf[point], (byLabel.get(labelOf[point]) ?? 0) + 1);
    const most = [...byLabel].sort((a, b) => b[1] - a[1]);
    return h("p", { class: "counts" }, ...most.slice(0, 12).flatMap(([label, n], i) =>
      [i ? ", " : "", h("bdi", {}, labelName(label)), ` ${n.toLocaleString(currentLanguage())}`]), most.length > 12 ? ", …" : "");
  };
  const draw = () => {
    const { selection } = state;
    if (!selection.length) {
      heading.textContent = t("selection");
      replace(content, h("p", { class: "hint" }, t("selection_none")));
      return;
    }
    const left = selection.length - shown;
    heading.textContent = t("selection_count", { n: whole(selection.length) });
    replace(content,
      counts(),
      h("div", { class: "group" },
        h("button", { type: "button", onclick: () => select([]) }, t("clear")),
        h("button", { type: "button", onclick: () => save(selection) }, t("download"))),
      h("div", { class: "grid" }, ...selection.slice(0, shown).map((point) => photoButton(point, 64))),
      left > 0 && h("button", {
        type: "button", onclick: () => {
          shown += PAGE * 4;
          draw();
        },
      }, t("more", { n: whole(Math.min(left, PAGE * 4)) })));
  };
  on(["selection"], () => {
    shown = PAGE;
    draw();
  });
  on(["language", "thumbnails"], draw);
  draw();
  return root;
}
