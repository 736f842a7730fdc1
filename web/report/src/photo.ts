// A photo as the page shows it: its picture, label, name.
import { data, component, labelOf, nameOf, pathOf, thumbnail } from "./data";
import { glyph } from "./colors";
import { h } from "./dom";
import { lookAt } from "./state";
import { labelName, number, t } from "./text";

export function picture(point: number, side: number): HTMLElement {
  const address = thumbnail(point);
  const size = `${side}`;
  if (!address) return h("span", { class: "no-picture", style: null, "data-side": size }, t("no_picture"));
  return h("img", { src: address, alt: `${labelName(labelOf[point])}: ${nameOf(point)}`, width: size, height: size, loading: "lazy", decoding: "async" });
}

export function labelLine(point: number): HTMLElement {
  return h("span", { class: "label-line" }, glyph(labelOf[point]), h("bdi", {}, labelName(labelOf[point])));
}

/** A button with the photo, that brings it up on the map. */
export function photoButton(point: number, side: number, note?: string): HTMLElement {
  return h("button", {
    class: "photo", type: "button", "data-point": point, title: pathOf(point),
    "aria-label": t("show_photo", { name: `${labelName(labelOf[point])}, ${nameOf(point)}` }) + (note ? ` (${note})` : ""),
    onclick: () => lookAt(point),
  }, picture(point, side), note ? h("span", { class: "note" }, note) : null);
}

/** Its scores on the two axes first, then on the others. */
export function scoresOf(point: number, first: number, second: number): HTMLElement {
  const list = h("dl", { class: "scores" });
  const order = [...new Set([first, second, ...Array(Math.min(10, data.components_shown)).keys()])];
  for (const k of order) {
    const axis = k === first || k === second;
    list.append(h("div", { class: axis ? "axis" : null }, h("dt", {}, `PC${k + 1}`), h("dd", {}, number(component(k)[point]))));
  }
  return list;
}
