// Colours of labels on the ground they are drawn on, and their shapes as paths.
import { hcl, rgb } from "d3-color";
import { labels } from "./data";
import { svg } from "./dom";
import { state } from "./state";

let isDark = false;
let colors: string[] = [];

export function setGround(dark: boolean): void {
  isDark = dark;
  // The palette is made for white; what is too dark for a dark ground becomes lighter, what is too light for
  // white darker, of the same hue.
  colors = labels.map((label) => {
    const color = hcl(label.color);
    if (isDark && color.l < 58) color.l = 58 + color.l / 8;
    if (!isDark && color.l > 80) color.l = 80;
    return color.formatHex();
  });
}

export function colorOf(label: number): string {
  return colors[label];
}

/** Red, green, blue and whether it is shown, of each label. */
export function colorBytes(): Uint8Array {
  const bytes = new Uint8Array(labels.length * 4);
  colors.forEach((color, i) => {
    const { r, g, b } = rgb(color);
    bytes.set([r, g, b, state.shown[i] ? 255 : 0], i * 4);
  });
  return bytes;
}

const SHAPES = [
  "M-5 0a5 5 0 1 0 10 0a5 5 0 1 0 -10 0z",
  "M-4.5 -4.5h9v9h-9z",
  "M0 -6.2L5.6 4.2h-11.2z",
  "M0 -6L6 0L0 6L-6 0z",
  "M0 6.2L5.6 -4.2h-11.2z",
  "M-2 -6h4v4h4v4h-4v4h-4v-4h-4v-4h4z",
];

export function glyph(label: number): SVGSVGElement {
  return svg("svg", { class: "glyph", viewBox: "-7 -7 14 14", "aria-hidden": "true" },
    svg("path", { d: SHAPES[labels[label].shape], fill: colorOf(label) }));
}
