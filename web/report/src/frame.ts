// Where the map's points lie: scores to pixels, zoomed; ticks; which point is near a pixel.
import { scaleLinear, type ScaleLinear } from "d3-scale";
import { zoomIdentity, type ZoomTransform } from "d3-zoom";
import KDBush from "kdbush";
import { component, count } from "./data";
import { isVisible, state } from "./state";

function extent(values: Float32Array): [number, number] {
  let low = Infinity, high = -Infinity;
  for (const v of values) {
    if (v < low) low = v;
    if (v > high) high = v;
  }
  if (!(low <= high)) return [-1, 1];
  const margin = (high - low) * 0.05 || Math.abs(high) * 0.5 || 1;
  return [low - margin, high + margin];
}

export class Frame {
  width = 1;
  height = 1;
  transform: ZoomTransform = zoomIdentity;
  private readonly x: ScaleLinear<number, number> = scaleLinear();
  private readonly y: ScaleLinear<number, number> = scaleLinear();
  private index: KDBush | null = null;

  setAxes(): void {
    this.x.domain(extent(component(state.x)));
    this.y.domain(state.x === state.y ? [-1, 1] : extent(component(state.y)));
    this.index = null;
  }

  resize(width: number, height: number): void {
    this.width = width;
    this.height = height;
    this.x.range([0, width]);
    this.y.range([height, 0]);
    this.index = null;
  }

  zoomed(): { x: ScaleLinear<number, number>; y: ScaleLinear<number, number> } {
    return { x: this.transform.rescaleX(this.x), y: this.transform.rescaleY(this.y) };
  }

  /** screen = score * scale + shift, for the drawing. */
  lines(): { scaleX: number; shiftX: number; scaleY: number; shiftY: number } {
    const line = (scale: ScaleLinear<number, number>, k: number, shift: number) => {
      const [from, to] = scale.domain();
      const [first, last] = scale.range();
      const slope = (last - first) / (to - from);
      return [slope * k, (first - from * slope) * k + shift];
    };
    const [scaleX, shiftX] = line(this.x, this.transform.k, this.transform.x);
    const [scaleY, shiftY] = line(this.y, this.transform.k, this.transform.y);
    return { scaleX, shiftX, scaleY, shiftY };
  }

  private scoreX(point: number): number {
    return component(state.x)[point];
  }

  private scoreY(point: number): number {
    return state.x === state.y ? 0 : component(state.y)[point];
  }

  place(point: number): [number, number] {
    return [this.transform.applyX(this.x(this.scoreX(point))), this.transform.applyY(this.y(this.scoreY(point)))];
  }

  isInside([x, y]: [number, number]): boolean {
    return x >= 0 && y >= 0 && x <= this.width && y <= this.height;
  }

  private tree(): KDBush {
    if (!this.index) {
      this.index = new KDBush(count, 64, Float32Array);
      for (let i = 0; i < count; i++) this.index.add(this.x(this.scoreX(i)), this.y(this.scoreY(i)));
      this.index.finish();
    }
    return this.index;
  }

  /** The nearest visible point within `reach` pixels; -1 where there is none. */
  nearest(x: number, y: number, reach: number): number {
    let best = -1, closest = Infinity;
    const [baseX, baseY] = this.transform.invert([x, y]);
    for (const point of this.tree().within(baseX, baseY, reach / this.transform.k)) {
      if (!isVisible(point)) continue;
      const [px, py] = this.place(point);
      const distance = (px - x) ** 2 + (py - y) ** 2;
      if (distance < closest) [best, closest] = [point, distance];
    }
    return best;
  }

  /** Visible points within a rectangle of the screen. */
  within(left: number, top: number, right: number, bottom: number): number[] {
    const [x0, y0] = this.transform.invert([left, top]);
    const [x1, y1] = this.transform.invert([right, bottom]);
    return this.tree().range(x0, y0, x1, y1).filter(isVisible).sort((a, b) => a - b);
  }
}
