// The scree plot, as a picture and as a table.
import { scaleLinear } from "d3-scale";
import { data } from "./data";
import { h, replace, svg } from "./dom";
import { on } from "./state";
import { percent, t, whole } from "./text";

const WIDTH = 760, HEIGHT = 300, LEFT = 56, RIGHT = 52, TOP = 14, BOTTOM = 40;

function cumulative(shares: number[]): number[] {
  let sum = 0;
  return shares.map((share) => (sum += share));
}

function plot(): SVGElement {
  const { shares } = data.variance;
  const shown = Math.min(shares.length, Math.max(data.components, 20));
  const sums = cumulative(shares);
  const x = scaleLinear([0, shown], [LEFT, WIDTH - RIGHT]);
  const y = scaleLinear([0, Math.max(...shares, 1e-9) * 1.08], [HEIGHT - BOTTOM, TOP]);
  const up = scaleLinear([0, 1], [HEIGHT - BOTTOM, TOP]);
  const parts: SVGElement[] = [];
  for (const tick of y.ticks(5)) {
    parts.push(svg("line", { x1: LEFT, x2: WIDTH - RIGHT, y1: y(tick), y2: y(tick), class: "grid" }));
    parts.push(svg("text", { x: LEFT - 8, y: y(tick) + 4, "text-anchor": "end", class: "tick" }, percent(tick)));
  }
  for (const tick of [0, 0.2, 0.4, 0.6, 0.8, 1])
    parts.push(svg("text", { x: WIDTH - RIGHT + 8, y: up(tick) + 4, class: "tick line" }, percent(tick)));
  const step = Math.ceil(shown / 24);
  for (let k = 0; k < shown; k++) {
    const left = x(k + 0.14), width = x(k + 0.86) - left;
    const bar = svg("rect", { x: left, y: y(shares[k]), width, height: y(0) - y(shares[k]), class: k < data.components ? "bar" : "bar rest" });
    bar.append(svg("title", {}, `PC${k + 1}: ${percent(shares[k])}; ${t("up_to_it")}: ${percent(sums[k])}`));
    parts.push(bar);
    if (k % step === 0) parts.push(svg("text", { x: x(k + 0.5), y: HEIGHT - BOTTOM + 17, "text-anchor": "middle", class: "tick" }, whole(k + 1)));
  }
  const spots = sums.slice(0, shown).map((sum, k) => `${x(k + 0.5)} ${up(Math.min(1, sum))}`);
  parts.push(svg("path", { d: "M" + spots.join("L"), class: "sum" }));
  if (shown <= 40) for (const spot of spots) parts.push(svg("circle", { cx: spot.split(" ")[0], cy: spot.split(" ")[1], r: 3, class: "sum" }));
  const legend = (at: number, kind: string, text: string) => {
    parts.push(svg("rect", { x: at, y: HEIGHT - 12, width: 11, height: 11, class: kind }));
    parts.push(svg("text", { x: at + 16, y: HEIGHT - 2, class: "tick" }, text));
  };
  legend(LEFT, "bar", `${t("share_of_total")} (${t("kept")})`);
  if (shown > data.components) legend(LEFT + 210, "bar rest", t("not_kept"));
  legend(LEFT + 340, "sum-mark", t("up_to_it"));
  return svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "scree", role: "img", "aria-label": t("scree_label") }, ...parts);
}

function table(): HTMLElement {
  const { shares, kept_share } = data.variance;
  const sums = cumulative(shares);
  const kept = shares.slice(0, data.components);
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": t("variance_heading") }, h("table", {},
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, ""),
      ...[t("share_of_total"), t("up_to_it"), t("share_of_kept")].map((text) => h("th", { scope: "col", class: "number" }, text)))),
    h("tbody", {}, ...kept.map((share, k) => h("tr", {}, h("th", { scope: "row" }, `PC${k + 1}`),
      ...[share, sums[k], kept_share > 0 ? share / kept_share : 0].map((v) => h("td", { class: "number" }, percent(v))))))));
}

export function makeVariance(): HTMLElement {
  const root = h("section", { id: "variance", class: "wide" });
  const draw = () => replace(root,
    h("h2", {}, t("variance_heading")),
    h("p", {}, t("variance_text", { k: whole(data.components), share: percent(data.variance.kept_share) })),
    h("ul", { class: "reach" }, ...data.variance.reach.map(({ share, components }) =>
      h("li", {}, components === null
        ? t("reach_more", { share: percent(share), k: whole(data.variance.known) })
        : t("reach", { share: percent(share), k: whole(components) })))),
    h("div", { class: "columns" }, plot(), table()));
  on(["language"], draw);
  draw();
  return root;
}
