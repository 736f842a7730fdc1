// The map of photos: points, axes, zoom, hover, keyboard.
import { select as d3select } from "d3-selection";
import { zoom, zoomIdentity, type D3ZoomEvent } from "d3-zoom";
import { drawAxes, drawMarks, componentTitle } from "./axes";
import { colorBytes } from "./colors";
import { count, data, labelOf, nameOf } from "./data";
import { h, svg } from "./dom";
import { Frame } from "./frame";
import { Gestures, type Mode } from "./gestures";
import { labelLine, picture, scoresOf } from "./photo";
import { makeScatter } from "./scatter";
import { hover, isVisible, on, select, setAxes, state, togglePin, visibleCount } from "./state";
import { labelName, t, whole } from "./text";

const MARGIN = { left: 58, right: 12, top: 12, bottom: 44 };
const REACH = 12;

export class PhotoMap {
  readonly element: HTMLElement;
  readonly toolbar: HTMLElement;
  private readonly canvas = h("canvas", { "aria-hidden": "true" });
  private readonly grid = svg("svg", { class: "under", "aria-hidden": "true" });
  private readonly axes = svg("g");
  private readonly marks = svg("g");
  private readonly drawn = svg("g");
  private readonly overlay = svg("svg", { class: "overlay", "aria-hidden": "true" });
  private readonly tooltip = h("div", { class: "tooltip", hidden: true });
  private readonly status = h("div", { class: "visually-hidden", role: "status", "aria-live": "polite" });
  private readonly help = h("p", { id: "map-help", class: "hint" });
  private readonly frame = new Frame();
  private readonly gestures: Gestures;
  private readonly scatter = makeScatter(this.canvas);
  private readonly zoom = zoom<SVGSVGElement, unknown>();
  private waiting = 0;

  constructor() {
    this.overlay.append(this.axes, this.marks, this.drawn);
    this.canvas.addEventListener("webglcontextlost", (event) => event.preventDefault());
    this.canvas.addEventListener("webglcontextrestored", () => location.reload());
    this.element = h("div", {
      class: "map", tabindex: "0", role: "application", "aria-describedby": "map-help",
      onkeydown: (event: KeyboardEvent) => this.key(event),
    }, this.grid, this.canvas, this.overlay, this.tooltip, this.status);
    this.toolbar = h("div", { class: "toolbar" });
    const spot = (event: PointerEvent | MouseEvent): [number, number] => {
      const box = this.overlay.getBoundingClientRect();
      return [event.clientX - box.left, event.clientY - box.top];
    };
    this.gestures = new Gestures(this.overlay, this.drawn, this.frame, spot);
    this.listen(spot);
    on(["axes"], () => this.changeAxes());
    on(["visible", "selection", "theme"], () => this.changeLook());
    on(["pins", "hover"], () => this.redraw());
    on(["hover", "thumbnails"], () => this.showTooltip());
    on(["language"], () => this.changeLanguage());
    on(["look"], () => this.bringUp());
    new ResizeObserver(() => this.resize()).observe(this.element);
    this.changeLanguage();
    this.changeAxes();
  }

  helpLine(): HTMLElement {
    return this.help;
  }

  private listen(spot: (event: MouseEvent) => [number, number]): void {
    this.zoom
      .scaleExtent([0.5, 500])
      .extent(() => [[0, 0], [this.frame.width, this.frame.height]])
      // One finger scrolls the page, as long as it does not draw.
      .filter((event) => (event.type === "wheel" ? true : event.type === "touchstart" ? event.touches.length > 1 : !event.button && !event.ctrlKey && !this.gestures.draws(event)))
      .on("zoom", (event: D3ZoomEvent<SVGSVGElement, unknown>) => {
        this.frame.transform = event.transform;
        this.redraw();
      });
    d3select(this.overlay).call(this.zoom).on("dblclick.zoom", null);
    this.overlay.addEventListener("pointermove", (event) => {
      if (event.buttons || this.gestures.isDrawing()) return;
      hover(this.frame.nearest(...spot(event), REACH));
    });
    this.overlay.addEventListener("pointerleave", () => hover(-1));
    this.overlay.addEventListener("click", (event) => {
      if (this.gestures.draws(event)) return;
      const point = this.frame.nearest(...spot(event), REACH);
      if (point >= 0) {
        hover(point);
        togglePin(point);
      }
    });
  }

  private pointSize(): number {
    const base = count <= 300 ? 11 : count <= 3000 ? 8 : count <= 30_000 ? 5.5 : 4;
    return Math.min(22, base * Math.max(1, this.frame.transform.k) ** 0.35);
  }

  private resize(): void {
    const width = Math.max(50, this.element.clientWidth - MARGIN.left - MARGIN.right);
    const height = Math.max(50, this.element.clientHeight - MARGIN.top - MARGIN.bottom);
    if (width === this.frame.width && height === this.frame.height) return;
    for (const layer of [this.grid, this.canvas, this.overlay]) {
      layer.style.left = `${MARGIN.left}px`;
      layer.style.top = `${MARGIN.top}px`;
      layer.style.width = `${width}px`;
      layer.style.height = `${height}px`;
    }
    this.frame.resize(width, height);
    this.draw();
  }

  private redraw(): void {
    if (!this.waiting) this.waiting = requestAnimationFrame(() => this.draw());
  }

  private draw(): void {
    if (this.waiting) cancelAnimationFrame(this.waiting);
    this.waiting = 0;
    const { width, height } = this.frame;
    const size = this.pointSize();
    this.scatter.draw({ width, height, size, ...this.frame.lines() });
    drawAxes(this.grid, this.axes, this.frame);
    drawMarks(this.marks, this.frame, size);
    if (state.hover >= 0) this.placeTooltip();
    this.element.dataset.drawn = String(Number(this.element.dataset.drawn ?? 0) + 1);
  }

  private changeAxes(): void {
    this.frame.setAxes();
    this.scatter.setAxes(state.x, state.y);
    for (const which of ["x", "y"] as const) {
      const choice = this.toolbar.querySelector<HTMLSelectElement>(`#axis-${which}`);
      if (choice) choice.value = String(state[which]);
    }
    this.changeLook();
    this.describe();
    d3select(this.overlay).call(this.zoom.transform, zoomIdentity);
  }

  private changeLook(): void {
    this.scatter.setLook({ colors: colorBytes(), selected: state.selected, hasSelection: state.selection.length > 0 });
    if (state.hover >= 0 && !isVisible(state.hover)) hover(-1);
    this.describe();
    this.redraw();
  }

  private changeLanguage(): void {
    const touch = matchMedia("(pointer: coarse)").matches ? " " + t("map_touch") : "";
    this.help.textContent = t("map_help") + touch + (this.scatter.isPlain ? " " + t("no_webgl") : "");
    this.fillToolbar();
    this.describe();
    this.redraw();
  }

  private describe(): void {
    this.element.setAttribute("aria-label", t("map_label", {
      n: whole(visibleCount()), x: componentTitle(state.x), y: componentTitle(state.y),
    }));
  }

  private fillToolbar(): void {
    const axis = (which: "x" | "y") => {
      const choice = h("select", {
        id: `axis-${which}`,
        onchange: (event: Event) => {
          const k = Number((event.target as HTMLSelectElement).value);
          if (which === "x") setAxes(k, state.y);
          else setAxes(state.x, k);
        },
      });
      for (let k = 0; k < data.components_shown; k++)
        choice.append(h("option", { value: k, selected: state[which] === k }, componentTitle(k)));
      return h("label", {}, t(which === "x" ? "horizontal" : "vertical"), " ", choice);
    };
    const modes = h("div", { class: "group", role: "group", "aria-label": t("mode") });
    for (const mode of ["pan", "box", "lasso"] as Mode[]) {
      modes.append(h("button", {
        type: "button", "data-mode": mode, "aria-pressed": String(this.gestures.mode === mode), onclick: () => this.setMode(mode),
      }, t(`mode_${mode}`)));
    }
    const zoomed = (by: number) => () => void d3select(this.overlay).call(this.zoom.scaleBy, by);
    const zooms = h("div", { class: "group" },
      h("button", { type: "button", onclick: zoomed(1.6), "aria-label": t("zoom_in"), title: t("zoom_in") }, "+"),
      h("button", { type: "button", onclick: zoomed(1 / 1.6), "aria-label": t("zoom_out"), title: t("zoom_out") }, "−"),
      h("button", { type: "button", onclick: () => this.showAll() }, t("zoom_all")));
    this.toolbar.replaceChildren(axis("x"), axis("y"), modes, zooms);
    this.element.dataset.mode = this.gestures.mode;
  }

  private setMode(mode: Mode): void {
    this.gestures.mode = mode;
    for (const button of this.toolbar.querySelectorAll<HTMLElement>("[data-mode]"))
      button.setAttribute("aria-pressed", String(button.dataset.mode === mode));
    this.element.dataset.mode = mode;
  }

  private showAll(): void {
    d3select(this.overlay).call(this.zoom.transform, zoomIdentity);
  }

  private key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const area = d3select(this.overlay);
    const step = 60 / this.frame.transform.k;
    const actions: Record<string, () => void> = {
      ArrowLeft: () => area.call(this.zoom.translateBy, step, 0),
      ArrowRight: () => area.call(this.zoom.translateBy, -step, 0),
      ArrowUp: () => area.call(this.zoom.translateBy, 0, step),
      ArrowDown: () => area.call(this.zoom.translateBy, 0, -step),
      "+": () => area.call(this.zoom.scaleBy, 1.4),
      "=": () => area.call(this.zoom.scaleBy, 1.4),
      "-": () => area.call(this.zoom.scaleBy, 1 / 1.4),
      "0": () => this.showAll(),
      n: () => this.step(1),
      p: () => this.step(-1),
      v: () => select(this.frame.within(0, 0, this.frame.width, this.frame.height)),
      b: () => this.setMode("box"),
      l: () => this.setMode("lasso"),
      m: () => this.setMode("pan"),
      Enter: () => state.hover >= 0 && togglePin(state.hover),
      Escape: () => {
        hover(-1);
        select([]);
      },
    };
    const action = actions[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!action) return;
    action();
    event.preventDefault();
  }

  /** The next visible photo in the order of the table, brought into sight. */
  private step(by: number): void {
    let next = state.hover < 0 ? (by > 0 ? -1 : count) : state.hover;
    for (let tries = 0; tries < count; tries++) {
      next = (next + by + count) % count;
      if (isVisible(next)) break;
    }
    if (!isVisible(next)) return;
    this.intoSight(next);
    hover(next);
  }

  private intoSight(point: number): void {
    if (point < 0) return;
    const [x, y] = this.frame.place(point);
    if (this.frame.isInside([x, y])) return;
    const { k } = this.frame.transform;
    d3select(this.overlay).call(this.zoom.translateBy, (this.frame.width / 2 - x) / k, (this.frame.height / 2 - y) / k);
  }

  private bringUp(): void {
    this.intoSight(state.hover);
    this.element.scrollIntoView({ block: "nearest" });
    this.element.focus({ preventScroll: true });
  }

  private showTooltip(): void {
    const point = state.hover;
    this.tooltip.hidden = point < 0;
    if (point < 0) return;
    this.tooltip.dataset.point = String(point);
    this.tooltip.replaceChildren(picture(point, 96), h("div", { class: "facts" }, labelLine(point),
      h("bdi", { class: "path" }, nameOf(point)), scoresOf(point, state.x, state.y)));
    this.status.textContent = `${labelName(labelOf[point])}, ${nameOf(point)}`;
    this.placeTooltip();
  }

  private placeTooltip(): void {
    const [x, y] = this.frame.place(state.hover);
    this.tooltip.hidden = !this.frame.isInside([x, y]);
    const { offsetWidth: w, offsetHeight: tall } = this.tooltip;
    const left = x + MARGIN.left, top = y + MARGIN.top;
    const flipX = left + 18 + w > this.element.clientWidth;
    const flipY = top + 18 + tall > this.element.clientHeight;
    this.tooltip.style.left = `${Math.max(2, flipX ? left - 18 - w : left + 18)}px`;
    this.tooltip.style.top = `${Math.max(2, flipY ? top - 18 - tall : top + 18)}px`;
  }
}
