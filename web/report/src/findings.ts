// Photos to look at, and the ends of each component.
import { data, labels, type NearPair } from "./data";
import { h, replace } from "./dom";
import { labelLine, photoButton } from "./photo";
import { on, setAxes, state, tell } from "./state";
import { componentTitle } from "./axes";
import { number, t, whole } from "./text";

function odd(): HTMLElement {
  if (!data.odd.length) return h("p", { class: "hint" }, t("none"));
  return h("ul", { class: "cards" }, ...data.odd.map(({ point, times_spread }) =>
    h("li", {}, photoButton(point, 72), labelLine(point), h("span", { class: "hint" }, t("times_spread", { n: number(times_spread) })))));
}

function firstOf(shown: number, found: number): string {
  return shown < found ? " " + t("first_of", { shown: whole(shown), n: whole(found) }) : "";
}

function pairs(list: NearPair[]): HTMLElement {
  return h("ul", { class: "cards" }, ...list.map(({ a, b, times_usual }) =>
    h("li", { class: "pair" }, h("div", { class: "two" }, photoButton(a, 72), photoButton(b, 72)),
      labelLine(a), labelLine(b), h("span", { class: "hint" }, t("times_usual", { n: number(times_usual) })))));
}

export function makeFindings(): HTMLElement {
  const root = h("section", { id: "look", class: "wide" });
  const draw = () => replace(root,
    h("h2", {}, t("nav_look")),
    h("h3", {}, t("near_heading")),
    h("p", { class: "lead" }, labels.length < 2 ? t("one_label") : t("near_text") + firstOf(data.near.length, data.near_count)),
    labels.length < 2 ? null : data.near.length ? pairs(data.near) : h("p", { class: "hint" }, t("near_none")),
    h("h3", {}, t("twins_heading")), h("p", { class: "lead" }, t("twins_text") + firstOf(data.twins.length, data.twins_count)),
    data.twins.length ? pairs(data.twins) : h("p", { class: "hint" }, t("none")),
    h("h3", {}, t("odd_heading")), h("p", { class: "lead" }, t("odd_text") + firstOf(data.odd.length, data.odd_count)), odd());
  on(["language", "theme", "thumbnails"], draw);
  draw();
  return root;
}

export function makeComponents(): HTMLElement {
  const root = h("section", { id: "components", class: "wide" });
  const row = ({ lowest, highest }: { lowest: number[]; highest: number[] }, k: number) => {
    const end = (points: number[], text: string) =>
      h("div", { class: "end" }, h("span", { class: "hint" }, text), h("div", { class: "strip" }, ...points.map((point) => photoButton(point, 48))));
    return h("li", { "data-component": k },
      h("div", { class: "title" }, h("strong", {}, componentTitle(k)),
        k < data.components_shown && h("button", {
          type: "button", onclick: () => {
            setAxes(k, state.y === k ? state.x : state.y);
            tell("look");
          },
        }, t("use_component"))),
      end(lowest, t("lowest")), end([...highest].reverse(), t("highest")));
  };
  const draw = () => replace(root, h("h2", {}, t("components_heading")), h("p", { class: "lead" }, t("components_text")),
    h("ol", { class: "ends" }, ...data.ends.map(row)));
  on(["language", "thumbnails"], draw);
  draw();
  return root;
}
