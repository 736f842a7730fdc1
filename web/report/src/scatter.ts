// Points on a canvas by WebGL 2: one draw call for all of them, colours and shapes from a small texture of the
// labels, so that hiding a label changes a few bytes. Without WebGL 2 they are squares on a plain canvas.
import * as twgl from "twgl.js";
import { component, count, labelOf, labels } from "./data";

export interface View {
  width: number; // CSS pixels
  height: number;
  // screen = score * scale + shift
  scaleX: number;
  shiftX: number;
  scaleY: number;
  shiftY: number;
  size: number; // of a point
}

export interface Look {
  colors: Uint8Array; // by label: red, green, blue, shown (255 or 0)
  selected: Uint8Array; // by point
  hasSelection: boolean;
}

const VERTEX = `#version 300 es
in float x, y, label, chosen;
uniform vec2 scale, shift;
uniform float size;
uniform int turn; // 0: points that were not chosen, 1: those that were
uniform sampler2D looks;
flat out vec4 color;
flat out int shape;
void main() {
  color = texelFetch(looks, ivec2(int(label), 0), 0);
  shape = int(texelFetch(looks, ivec2(int(label), 1), 0).r * 255.0 + 0.5);
  bool drawn = color.a > 0.5 && (chosen > 0.5) == (turn == 1);
  gl_Position = drawn ? vec4(vec2(x, y) * scale + shift, 0.0, 1.0) : vec4(2.0, 2.0, 2.0, 1.0);
  gl_PointSize = size;
}`;

// The shapes of src/report/palette.h, of about the same area each.
const FRAGMENT = `#version 300 es
precision highp float;
flat in vec4 color;
flat in int shape;
uniform float size, alpha;
out vec4 result;
float triangle(vec2 p) {
  p.x = abs(p.x);
  return max(p.y - 0.62, dot(p - vec2(0.0, -0.92), vec2(0.876, -0.482)));
}
void main() {
  vec2 p = (gl_PointCoord * 2.0 - 1.0) * 1.12;
  float d;
  if (shape == 0) d = length(p) - 0.72;
  else if (shape == 1) d = max(abs(p.x), abs(p.y)) - 0.64;
  else if (shape == 2) d = triangle(p);
  else if (shape == 3) d = (abs(p.x) + abs(p.y)) * 0.7071 - 0.64;
  else if (shape == 4) d = triangle(vec2(p.x, -p.y));
  else { vec2 q = abs(p); d = min(max(q.x - 0.88, q.y - 0.3), max(q.x - 0.3, q.y - 0.88)); }
  float cover = clamp(0.5 - d * size / 2.24, 0.0, 1.0) * alpha;
  if (cover < 0.01) discard;
  result = vec4(color.rgb * cover, cover);
}`;

// So that no label lies wholly over another.
function shuffled(): Uint32Array {
  const order = new Uint32Array(count);
  for (let i = 0; i < count; i++) order[i] = i;
  let seed = 12345;
  for (let i = count - 1; i > 0; i--) {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    const j = seed % (i + 1);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

export interface Scatter {
  readonly isPlain: boolean;
  setAxes(x: number, y: number): void;
  setLook(look: Look): void;
  draw(view: View): void;
}

function opacity(look: Look): { all: number; others: number } {
  const all = count > 50_000 ? 0.6 : count > 5_000 ? 0.75 : 0.9;
  return { all, others: look.hasSelection ? 0.12 : all };
}

class WebGlScatter implements Scatter {
  readonly isPlain = false;
  private readonly program: twgl.ProgramInfo;
  private readonly attributes: Record<string, WebGLBuffer>;
  private readonly order: WebGLBuffer;
  private readonly looks: WebGLTexture;
  private look!: Look;

  constructor(private readonly canvas: HTMLCanvasElement, private readonly gl: WebGL2RenderingContext) {
    this.program = twgl.createProgramInfo(gl, [VERTEX, FRAGMENT]);
    const make = (data: Float32Array | Uint16Array | Uint8Array) => twgl.createBufferFromTypedArray(gl, data);
    this.attributes = {
      x: make(component(0)),
      y: make(component(0)),
      label: make(labelOf),
      chosen: make(new Uint8Array(count)),
    };
    this.order = twgl.createBufferFromTypedArray(gl, shuffled(), gl.ELEMENT_ARRAY_BUFFER);
    this.looks = twgl.createTexture(gl, {
      src: new Uint8Array(labels.length * 8), width: labels.length, height: 2, min: gl.NEAREST, mag: gl.NEAREST, wrap: gl.CLAMP_TO_EDGE, auto: false,
    });
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  }

  setAxes(x: number, y: number): void {
    const flat = new Float32Array(count);
    twgl.setAttribInfoBufferFromArray(this.gl, this.info("x"), component(x));
    twgl.setAttribInfoBufferFromArray(this.gl, this.info("y"), x === y ? flat : component(y));
  }

  private info(name: string): twgl.AttribInfo {
    return { buffer: this.attributes[name], drawType: this.gl.STATIC_DRAW } as twgl.AttribInfo;
  }

  setLook(look: Look): void {
    const gl = this.gl;
    this.look = look;
    const texels = new Uint8Array(labels.length * 8);
    texels.set(look.colors);
    for (let i = 0; i < labels.length; i++) texels[(labels.length + i) * 4] = labels[i].shape;
    twgl.setTextureFromArray(gl, this.looks, texels, { width: labels.length, height: 2, auto: false });
    twgl.setAttribInfoBufferFromArray(gl, this.info("chosen"), look.selected);
  }

  draw(view: View): void {
    const gl = this.gl;
    const ratio = window.devicePixelRatio || 1;
    const width = Math.max(1, Math.round(view.width * ratio));
    const height = Math.max(1, Math.round(view.height * ratio));
    if (this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.width = width;
      this.canvas.height = height;
    }
    gl.viewport(0, 0, width, height);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.useProgram(this.program.program);
    this.bind();
    const alpha = opacity(this.look);
    const uniforms = {
      scale: [(2 * view.scaleX) / view.width, (-2 * view.scaleY) / view.height],
      shift: [(2 * view.shiftX) / view.width - 1, 1 - (2 * view.shiftY) / view.height],
      size: view.size * ratio * 1.5,
      looks: this.looks,
    };
    for (const turn of [0, 1]) {
      if (turn === 1 && !this.look.hasSelection) break;
      twgl.setUniforms(this.program, { ...uniforms, turn, alpha: turn === 0 ? alpha.others : 0.95 });
      gl.drawElements(gl.POINTS, count, gl.UNSIGNED_INT, 0);
    }
  }

  private bind(): void {
    const gl = this.gl;
    const types = { x: gl.FLOAT, y: gl.FLOAT, label: gl.UNSIGNED_SHORT, chosen: gl.UNSIGNED_BYTE };
    for (const [name, type] of Object.entries(types)) {
      const place = gl.getAttribLocation(this.program.program, name);
      gl.bindBuffer(gl.ARRAY_BUFFER, this.attributes[name]);
      gl.enableVertexAttribArray(place);
      gl.vertexAttribPointer(place, 1, type, false, 0, 0);
    }
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, this.order);
  }
}

class PlainScatter implements Scatter {
  readonly isPlain = true;
  private x = component(0);
  private y = component(0);
  private look!: Look;
  private readonly order = shuffled();

  constructor(private readonly canvas: HTMLCanvasElement) {}

  setAxes(x: number, y: number): void {
    this.x = component(x);
    this.y = x === y ? new Float32Array(count) : component(y);
  }

  setLook(look: Look): void {
    this.look = look;
  }

  draw(view: View): void {
    const ratio = window.devicePixelRatio || 1;
    this.canvas.width = Math.max(1, Math.round(view.width * ratio));
    this.canvas.height = Math.max(1, Math.round(view.height * ratio));
    const context = this.canvas.getContext("2d")!;
    context.scale(ratio, ratio);
    const alpha = opacity(this.look);
    const { colors, selected } = this.look;
    const fills = labels.map((_, i) => `rgb(${colors[i * 4]},${colors[i * 4 + 1]},${colors[i * 4 + 2]})`);
    for (const turn of [0, 1]) {
      context.globalAlpha = turn === 0 ? alpha.others : 0.95;
      for (const i of this.order) {
        if (!colors[labelOf[i] * 4 + 3] || selected[i] !== turn) continue;
        context.fillStyle = fills[labelOf[i]];
        const x = this.x[i] * view.scaleX + view.shiftX - view.size / 2;
        context.fillRect(x, this.y[i] * view.scaleY + view.shiftY - view.size / 2, view.size, view.size);
      }
    }
  }
}

export function makeScatter(canvas: HTMLCanvasElement): Scatter {
  const gl = canvas.getContext("webgl2", { antialias: false, premultipliedAlpha: true, preserveDrawingBuffer: true });
  return gl ? new WebGlScatter(canvas, gl) : new PlainScatter(canvas);
}
