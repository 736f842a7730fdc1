// What src/report/page_json.cc wrote into the page.

export interface Label {
  name: string;
  count: number;
  spread: number;
  color: string;
  shape: number;
  nearest: number | null;
  distance: number;
  looked_at: number;
  astray: number;
}

export interface Pair {
  a: number;
  b: number;
  a_to_b: number;
  b_to_a: number;
  share: number;
  photo_a: number | null;
  photo_b: number | null;
}

export interface NearPair {
  a: number;
  b: number;
  distance: number;
  times_usual: number;
}

export interface Variance {
  shares: number[];
  kept_share: number;
  known: number;
  reach: { share: number; components: number | null }[];
}

interface Page {
  format: number;
  run: Record<string, any>;
  rows: number;
  points: number;
  components: number;
  components_shown: number;
  looked_at: number;
  variance: Variance;
  classes: Label[];
  has_other_labels: boolean;
  pairs: Pair[];
  odd: { point: number; times_spread: number }[];
  odd_count: number;
  near: NearPair[];
  near_count: number;
  twins: NearPair[];
  twins_count: number;
  ends: { lowest: number[]; highest: number[] }[];
  rejected: { path: string; stage: string; reason: string }[];
  scores: string;
  class_of: string;
  folders: string[];
  folder_of: string;
  names: string[];
}

export function bytesOf(base64: string): ArrayBuffer {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes.buffer;
}

function parse(id: string): any {
  return JSON.parse(document.getElementById(id)!.textContent!);
}

const page: Page = parse("data");
const scores = new Float32Array(bytesOf(page.scores));
const folderOf = new Uint32Array(bytesOf(page.folder_of));

export const data = page;
export const count = page.points;
export const labels = page.classes;
export const labelOf = new Uint16Array(bytesOf(page.class_of));
// The compact texts are not needed twice.
page.scores = page.class_of = page.folder_of = "";

/** All points' scores on one component. */
export function component(k: number): Float32Array {
  return scores.subarray(k * count, (k + 1) * count);
}

export function pathOf(point: number): string {
  return page.folders[folderOf[point]] + page.names[point];
}

export function nameOf(point: number): string {
  return page.names[point];
}

// Thumbnails come last in the page, and are there when all of it is.
let thumbnails: {
  chunk: number; // points whose texts lie in one element
  count: number;
  fours: Uint16Array; // of each point: its base64 digits, in fours
  starts: Uint32Array; // where its text begins in its chunk's
  texts: Map<number, string>;
} | null = null;

export function readThumbnails(): void {
  const index: { chunk: number; count: number; fours: string } = parse("thumbnail-index");
  const fours = new Uint16Array(bytesOf(index.fours));
  const starts = new Uint32Array(fours.length);
  for (let i = 1; i < fours.length; i++) {
    starts[i] = i % index.chunk === 0 ? 0 : starts[i - 1] + fours[i - 1] * 4;
  }
  thumbnails = { chunk: index.chunk, count: index.count, fours, starts, texts: new Map() };
}

export function thumbnailCount(): number | null {
  return thumbnails && thumbnails.count;
}

/** A data: address of the photo's small picture; null where the page has none (yet). */
export function thumbnail(point: number): string | null {
  if (!thumbnails || !thumbnails.fours[point]) return null;
  const chunk = Math.floor(point / thumbnails.chunk);
  let text = thumbnails.texts.get(chunk);
  if (text === undefined) {
    text = document.getElementById(`thumbnails-${chunk}`)!.textContent!;
    thumbnails.texts.set(chunk, text);
  }
  const start = thumbnails.starts[point];
  return "data:image/webp;base64," + text.slice(start, start + thumbnails.fours[point] * 4);
}
