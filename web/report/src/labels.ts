// The table of labels, and the pairs that are taken for each other.
import { glyph } from "./colors";
import { data, labels } from "./data";
import { h, replace } from "./dom";
import { photoButton } from "./photo";
import { isolate, on, tell } from "./state";
import { labelName, number, percent, t, whole } from "./text";

interface Column {
  key: "label" | "count" | "spread" | "nearest" | "distance" | "overlap";
  value: (label: number) => number | string;
  cell: (label: number) => Node | string;
}

const overlap = (i: number) => (labels[i].looked_at ? labels[i].astray / labels[i].looked_at : 0);

function named(label: number): HTMLElement {
  return h("span", { class: "label-line" }, glyph(label), h("bdi", {}, labelName(label)));
}

function onMap(which: number[], text: string, ...children: (Node | string)[]): HTMLElement {
  return h("button", {
    type: "button", class: "plain", "aria-label": text, title: text,
    onclick: () => {
      isolate(which);
      tell("look");
    },
  }, ...children);
}

const COLUMNS: Column[] = [
  { key: "label", value: labelName, cell: (i) => onMap([i], t("only_this", { label: labelName(i) }), named(i)) },
  { key: "count", value: (i) => -labels[i].count, cell: (i) => whole(labels[i].count) },
  { key: "spread", value: (i) => -labels[i].spread, cell: (i) => number(labels[i].spread) },
  {
    key: "nearest",
    value: (i) => (labels[i].nearest === null ? "" : labelName(labels[i].nearest!)),
    cell: (i) => (labels[i].nearest === null ? "–" : named(labels[i].nearest!)),
  },
  { key: "distance", value: (i) => labels[i].distance, cell: (i) => (labels[i].nearest === null ? "–" : number(labels[i].distance)) },
  {
    key: "overlap",
    value: (i) => -overlap(i),
    cell: (i) => {
      const bar = h("span", { class: "meter", "aria-hidden": "true" });
      bar.style.width = `${Math.round(overlap(i) * 60)}px`;
      return h("span", { class: "metered" }, labels[i].looked_at ? percent(overlap(i)) : "–", bar);
    },
  },
];

const DESCENDING = new Set(["count", "spread", "overlap"]);

function table(sorted: string, choose: (key: Column["key"]) => void): HTMLElement {
  const column = COLUMNS.find(({ key }) => key === sorted)!;
  const order = labels.map((_, i) => i).sort((a, b) => {
    const [x, y] = [column.value(a), column.value(b)];
    return typeof x === "string" ? x.localeCompare(String(y)) : x - Number(y);
  });
  const numeric = (key: string) => (key === "label" || key === "nearest" ? null : "number");
  const head = COLUMNS.map(({ key }) => h("th", { scope: "col", class: numeric(key), "aria-sort": key !== sorted ? "none" : DESCENDING.has(key) ? "descending" : "ascending" },
    h("button", { type: "button", class: "plain", "data-sort": key, "aria-label": t("sort_by", { column: t(key) }), onclick: () => choose(key) },
      t(key), key === sorted ? " ▾" : "")));
  const rows = order.map((i) => h("tr", { "data-label": i }, ...COLUMNS.map(({ key, cell }) =>
    key === "label" ? h("th", { scope: "row" }, cell(i)) : h("td", { class: numeric(key) }, cell(i)))));
  return h("div", { class: "scroll tall", tabindex: "0", role: "region", "aria-label": t("labels_heading") },
    h("table", {}, h("thead", {}, h("tr", {}, ...head)), h("tbody", {}, ...rows)));
}

function pairList(): HTMLElement {
  if (!data.pairs.length) return h("p", { class: "hint" }, t("pairs_none"));
  return h("ol", { class: "pairs" }, ...data.pairs.map((pair) => {
    const [a, b] = [labelName(pair.a), labelName(pair.b)];
    const photos = [pair.photo_a, pair.photo_b].filter((point): point is number => point !== null);
    return h("li", {},
      h("div", { class: "two" }, ...photos.map((point) => photoButton(point, 56))),
      h("div", {}, onMap([pair.a, pair.b], t("show_pair", { a, b }), named(pair.a), " ", named(pair.b)),
        h("p", { class: "hint" }, h("strong", {}, percent(pair.share)), " · ",
          t("pair_counts", { a: whole(pair.a_to_b), b: whole(pair.b_to_a) }))));
  }));
}

export function makeLabels(): HTMLElement {
  const root = h("section", { id: "labels", class: "wide" });
  let sorted: Column["key"] = "label";
  const draw = () => {
    const focused = root.contains(document.activeElement) ? (document.activeElement as HTMLElement).dataset.sort : undefined;
    replace(root,
      h("h2", {}, t("labels_heading")),
      h("p", { class: "lead" }, t("labels_text"),
        data.looked_at < data.rows ? " " + t("looked_part", { n: whole(data.looked_at), rows: whole(data.rows) }) : ""),
      table(sorted, (key) => {
        sorted = key;
        draw();
      }),
      h("h3", {}, t("pairs_heading")),
      labels.length < 2 ? h("p", { class: "hint" }, t("one_label")) : h("p", { class: "lead" }, t("pairs_text")),
      labels.length < 2 ? null : pairList());
    if (focused) root.querySelector<HTMLElement>(`[data-sort=${focused}]`)?.focus();
  };
  on(["language", "theme", "thumbnails"], draw);
  draw();
  return root;
}
