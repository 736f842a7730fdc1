// The map's grid, ticks, titles and marks, as SVG over the points.
import { colorOf } from "./colors";
import { data, labelOf } from "./data";
import { svg } from "./dom";
import type { Frame } from "./frame";
import { state } from "./state";
import { percent, t } from "./text";

export function componentTitle(k: number): string {
  const share = data.variance.shares[k];
  return share === undefined ? `PC${k + 1}` : `PC${k + 1} (${percent(share)})`;
}

/** Lines under the points into `under`, words beside them into `beside`. */
export function drawAxes(under: SVGElement, beside: SVGGElement, frame: Frame): void {
  const { x, y } = frame.zoomed();
  const { width, height } = frame;
  const lines: SVGElement[] = [];
  const parts: SVGElement[] = [];
  const formatX = x.tickFormat(8), formatY = y.tickFormat(6);
  for (const tick of x.ticks(Math.max(2, width / 110))) {
    const at = x(tick);
    lines.push(svg("line", { x1: at, x2: at, y1: 0, y2: height, class: tick === 0 ? "zero" : "grid" }));
    parts.push(svg("text", { x: at, y: height + 16, class: "tick", "text-anchor": "middle" }, formatX(tick)));
  }
  if (state.x !== state.y) {
    for (const tick of y.ticks(Math.max(2, height / 80))) {
      const at = y(tick);
      lines.push(svg("line", { x1: 0, x2: width, y1: at, y2: at, class: tick === 0 ? "zero" : "grid" }));
      parts.push(svg("text", { x: -8, y: at + 4, class: "tick", "text-anchor": "end" }, formatY(tick)));
    }
  }
  parts.push(svg("rect", { x: 0, y: 0, width, height, class: "edge" }));
  parts.push(svg("text", { x: width / 2, y: height + 36, class: "axis-title", "text-anchor": "middle" }, componentTitle(state.x)));
  const title = state.x === state.y ? t("one_component") : componentTitle(state.y);
  parts.push(svg("text", { transform: `translate(-44 ${height / 2}) rotate(-90)`, class: "axis-title", "text-anchor": "middle" }, title));
  under.replaceChildren(...lines);
  beside.replaceChildren(...parts);
}

/** Rings round the hovered and the pinned photos; the latter with their numbers. */
export function drawMarks(group: SVGGElement, frame: Frame, size: number): void {
  const parts: SVGElement[] = [];
  const radius = size / 2 + 5;
  state.pins.forEach((point, i) => {
    const [x, y] = frame.place(point);
    if (!frame.isInside([x, y])) return;
    parts.push(svg("circle", { cx: x, cy: y, r: radius, class: "ring pinned" }));
    parts.push(svg("text", { x: x + radius + 3, y: y - radius + 2, class: "pin-number" }, String(i + 1)));
  });
  if (state.hover >= 0) {
    const [x, y] = frame.place(state.hover);
    if (frame.isInside([x, y])) {
      const ring = svg("circle", { cx: x, cy: y, r: radius + 1, class: "ring hover" });
      ring.style.stroke = colorOf(labelOf[state.hover]);
      parts.push(svg("circle", { cx: x, cy: y, r: radius + 1, class: "ring under" }), ring);
    }
  }
  group.replaceChildren(...parts);
}
