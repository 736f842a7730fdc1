// What the reader has chosen, and who wants to know when it changes.
import { count, data, labelOf, labels } from "./data";

type Event = "language" | "theme" | "axes" | "visible" | "selection" | "pins" | "hover" | "thumbnails" | "look";

const listeners = new Map<Event, (() => void)[]>();

export function on(events: Event[], call: () => void): void {
  for (const event of events) listeners.set(event, [...(listeners.get(event) ?? []), call]);
}

export function tell(event: Event): void {
  for (const call of listeners.get(event) ?? []) call();
}

export const state = {
  x: 0,
  y: Math.min(1, data.components_shown - 1),
  shown: new Uint8Array(labels.length).fill(1), // by label
  selected: new Uint8Array(count), // by point
  selection: [] as number[],
  pins: [] as number[],
  hover: -1,
};

export function isVisible(point: number): boolean {
  return state.shown[labelOf[point]] === 1;
}

export function visibleCount(): number {
  let visible = 0;
  for (let i = 0; i < count; i++) visible += state.shown[labelOf[i]];
  return visible;
}

export function setAxes(x: number, y: number): void {
  state.x = x;
  state.y = y;
  tell("axes");
}

export function showLabels(which: (label: number) => boolean): void {
  for (let i = 0; i < labels.length; i++) state.shown[i] = which(i) ? 1 : 0;
  tell("visible");
}

/** Only these; a second time, all again. */
export function isolate(wanted: number[]): void {
  const is_alone = state.shown.reduce((sum, shown) => sum + shown, 0) === wanted.length && wanted.every((i) => state.shown[i]);
  showLabels((label) => is_alone || wanted.includes(label));
}

export function select(points: number[]): void {
  state.selected.fill(0);
  for (const point of points) state.selected[point] = 1;
  state.selection = points;
  tell("selection");
}

export function pin(point: number): void {
  if (!state.pins.includes(point)) state.pins = [...state.pins, point];
  tell("pins");
}

export function unpin(point: number): void {
  state.pins = state.pins.filter((other) => other !== point);
  tell("pins");
}

export function togglePin(point: number): void {
  if (state.pins.includes(point)) unpin(point);
  else pin(point);
}

export function hover(point: number): void {
  if (state.hover === point) return;
  state.hover = point;
  tell("hover");
}

/** Brings a photo to the reader: pinned, its label visible, the map in sight. */
export function lookAt(point: number): void {
  if (!isVisible(point)) {
    state.shown[labelOf[point]] = 1;
    tell("visible");
  }
  pin(point);
  hover(point);
  tell("look");
}
