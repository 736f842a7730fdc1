// Drawing a box or a lasso on the map.
import { polygonContains } from "d3-polygon";
import { svg } from "./dom";
import type { Frame } from "./frame";
import { select } from "./state";

export type Mode = "pan" | "box" | "lasso";
type Spot = [number, number];

export class Gestures {
  mode: Mode = "pan";
  private path: Spot[] = [];
  private lasso = false;
  private active = false;

  constructor(private readonly area: SVGSVGElement, private readonly group: SVGGElement, private readonly frame: Frame,
    private readonly spot: (event: PointerEvent) => Spot) {
    area.addEventListener("pointerdown", (event) => this.begin(event));
    area.addEventListener("pointermove", (event) => this.extend(event));
    area.addEventListener("pointerup", () => this.end());
    area.addEventListener("pointercancel", () => this.stop());
  }

  /** Whether a drag with this event draws, rather than moves the map. */
  draws(event: { shiftKey: boolean }): boolean {
    return this.mode !== "pan" || event.shiftKey;
  }

  isDrawing(): boolean {
    return this.active;
  }

  private begin(event: PointerEvent): void {
    if (event.button !== 0 || !this.draws(event)) return;
    this.active = true;
    this.lasso = this.mode === "lasso";
    this.path = [this.spot(event)];
    this.area.setPointerCapture(event.pointerId);
    event.preventDefault();
  }

  private extend(event: PointerEvent): void {
    if (!this.active) return;
    const spot = this.spot(event);
    const last = this.path[this.path.length - 1];
    if (!this.lasso) this.path = [this.path[0], spot];
    else if (Math.hypot(spot[0] - last[0], spot[1] - last[1]) > 3) this.path.push(spot);
    this.group.replaceChildren(svg("path", { d: "M" + this.outline().map((p) => p.join(" ")).join("L") + "Z", class: "drawn" }));
  }

  private outline(): Spot[] {
    if (this.lasso || this.path.length < 2) return this.path;
    const [[x0, y0], [x1, y1]] = this.path;
    return [[x0, y0], [x1, y0], [x1, y1], [x0, y1]];
  }

  private end(): void {
    if (!this.active) return;
    const outline = this.outline();
    this.stop();
    const xs = outline.map(([x]) => x), ys = outline.map(([, y]) => y);
    const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    if (right - left < 4 && bottom - top < 4) return; // a click
    const points = this.frame.within(left, top, right, bottom);
    select(this.lasso ? points.filter((point) => polygonContains(outline, this.frame.place(point))) : points);
  }

  private stop(): void {
    this.active = false;
    this.group.replaceChildren();
  }
}
