// Prints on the photo with WebGL 2, by the formula of segmentation/README.md ("Preview in the browser"): in linear light,
//   u = ( cos a p.x + sin a p.y) / repeat.x - offset.x,  v = (-sin a p.x + cos a p.y) / repeat.y - offset.y,
// p the pixel from the photo's centre plus its bend, and old + (print(u, v) * light - old) * mask, old being the ground.
// All buffers hold sRGB bytes, so that what no print covers is copied as it is; a garment's pass reads what lies below it
// from one buffer and writes the garment's box to the next, the topmost to the canvas itself.
import { sized } from "./tiles.js";

const QUAD = `#version 300 es
uniform vec4 box;            // left, top, right, bottom of what is drawn, in shares of the picture
uniform float up;            // -1 where rows go down, as in the buffers' pictures; 1 for the canvas, whose rows go up
out vec2 at;
void main() {
  at = mix(box.xy, box.zw, vec2(gl_VertexID & 1, gl_VertexID >> 1));
  gl_Position = vec4(at.x * 2.0 - 1.0, (1.0 - at.y * 2.0) * up, 0, 1);
}`;

const COPY = `#version 300 es
precision highp float;
uniform sampler2D below;
in vec2 at;
out vec4 colour;
void main() { colour = texture(below, at); }`;

const CLOTH = `#version 300 es
precision highp float;
uniform sampler2D photo, below, maps, tile;
uniform vec2 size, offset;   // of the preview in pixels; of the print in repeats
uniform mat2 stride;         // repeats for each pixel right and down
uniform float bendMost, lod;
uniform int samples;         // along each side of a pixel
in vec2 at;
out vec4 colour;
// The curves of sRGB without pow, which a renderer in software is slow at: fitted, to 0.1 and 0.3 of a byte.
vec3 encoded(vec3 c) {
  vec3 root = sqrt(c), fourth = sqrt(root);
  return mix(12.92 * c, 0.833752 * root + 0.298115 * fourth - 0.055323 * c - 0.076906, step(0.0031308, c));
}
vec3 linear(vec3 c) { return mix(c / 12.92, 0.001549 + c * (0.014219 + c * (0.656057 + c * 0.330806)), step(0.04045, c)); }
void main() {
  ivec2 pixel = ivec2(at * size);
  vec3 old = texture(below, at).rgb;
  colour = vec4(old, 1);
  vec4 upper = texelFetch(maps, pixel, 0);
  if (upper.r == 0.0) return;
  vec2 bend = (texelFetch(maps, pixel + ivec2(0, int(size.y)), 0).rg * 255.0 - 128.0) / 127.0 * bendMost;
  vec2 place = stride * (vec2(pixel) + 0.5 - size / 2.0 + bend) - offset;
  float light = 4.0 * upper.g * upper.g;
  vec3 sum = vec3(0);
  for (int y = 0; y < samples; y++) {
    for (int x = 0; x < samples; x++) {
      vec2 within = (vec2(x, y) + 0.5) / float(samples) - 0.5;
      sum += encoded(min(textureLod(tile, place + stride * within, lod).rgb * light, 1.0));
    }
  }
  colour.rgb = sum / float(samples * samples);
  if (upper.r == 1.0) return;
  // Behind a soft edge lies the ground without the old cloth, but where a print below has taken its place.
  if (old == texelFetch(photo, pixel, 0).rgb) old = texelFetch(maps, pixel + ivec2(0, 2 * int(size.y)), 0).rgb;
  colour.rgb = encoded(mix(linear(old), linear(colour.rgb), upper.r));
}`;

const MOST_SAMPLES = 4;

export class WebglRenderer {
  /** @throws Error where WebGL 2 is missing or takes no pictures as large as the maps. */
  constructor(canvas, photo, width, height) {
    const gl = canvas.getContext("webgl2", { antialias: false, preserveDrawingBuffer: true, alpha: false });
    if (!gl) throw new Error("no WebGL 2");
    if (gl.getParameter(gl.MAX_TEXTURE_SIZE) < 3 * height) throw new Error("no room for the maps");
    Object.assign(this, { gl, width, height });
    [canvas.width, canvas.height] = [width, height];
    this.cloth = program(gl, CLOTH);
    this.copy = program(gl, COPY);
    gl.bindVertexArray(gl.createVertexArray());
    this.photo = this.texture(photo, gl.RGBA8);
    this.buffers = {};
    this.shown = "";
    this.kept = new WeakMap();
    this.sizes = new WeakMap();
  }

  texture(picture, format, { tiled = false } = {}) {
    const { gl } = this;
    const texture = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.pixelStorei(gl.UNPACK_COLORSPACE_CONVERSION_WEBGL, gl.NONE);
    gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, false);
    gl.texImage2D(gl.TEXTURE_2D, 0, format, gl.RGBA, gl.UNSIGNED_BYTE, picture);
    if (tiled) {
      gl.generateMipmap(gl.TEXTURE_2D);
      filter(gl, gl.LINEAR_MIPMAP_LINEAR, gl.REPEAT);
    } else filter(gl, gl.NEAREST, gl.CLAMP_TO_EDGE);
    return texture;
  }

  textureOf(picture, format, options) {
    if (!this.kept.has(picture)) this.kept.set(picture, this.texture(picture, format, options));
    return this.kept.get(picture);
  }

  /** The print at the size that the full render takes, kept until another size is asked for. */
  sizedTexture(tile, repeat) {
    const { gl } = this;
    const picture = sized(tile, repeat);
    const known = this.sizes.get(tile);
    if (known?.picture === picture) return known.texture;
    if (known) gl.deleteTexture(known.texture);
    const texture = this.texture(picture, gl.SRGB8_ALPHA8);
    filter(gl, gl.LINEAR, gl.REPEAT);
    this.sizes.set(tile, { picture, texture });
    return texture;
  }

  /** Of the two buffers between the photo and the canvas, one, `share` pixels for each of the preview. */
  buffer(number, share) {
    const name = `${number % 2} ${share}`;
    if (!this.buffers[name]) {
      const { gl } = this;
      const [width, height] = [Math.ceil(this.width * share), Math.ceil(this.height * share)];
      const texture = gl.createTexture();
      gl.bindTexture(gl.TEXTURE_2D, texture);
      gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA8, width, height);
      filter(gl, share < 1 ? gl.LINEAR : gl.NEAREST, gl.CLAMP_TO_EDGE);
      const target = gl.createFramebuffer();
      gl.bindFramebuffer(gl.FRAMEBUFFER, target);
      gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0);
      this.buffers[name] = { texture, target, width, height };
    }
    return this.buffers[name];
  }

  /**
   * @param layers bottom first: {garment: maps of maps.js, tile: Image, repeat: [x, y] in preview pixels, angle in radians,
   *   offset: [x, y] in repeats}
   * @param zoom pixels of the photo for one of the preview
   * @param moving takes one sample for each pixel from the print's mipmaps; else the full render's own tile is averaged
   * @param coarse draws every second pixel of every second row
   */
  draw(layers, bendMost, { moving = false, zoom = 1, coarse = false } = {}) {
    const { gl, width, height, cloth } = this;
    const whole = [0, 0, width, height];
    const share = coarse ? 0.5 : 1;
    const canvas = { target: null, width, height };
    const samples = moving ? 1 : Math.min(MOST_SAMPLES, Math.max(1, Math.ceil(zoom - 0.01)));
    // With one garment on the canvas, and the same as before, the rest of the canvas is the photo already.
    const shown = layers.map(({ garment }) => garment.maps).join(" ");
    let below = this.photo;
    if (!layers.length || (layers.length === 1 && shown !== this.shown)) this.pass(this.copy, whole, canvas, { below });
    this.shown = shown;
    layers.forEach(({ garment, tile, repeat, angle, offset }, number) => {
      const target = number === layers.length - 1 && !coarse ? canvas : this.buffer(number, share);
      if (target !== canvas || layers.length > 1) this.pass(this.copy, whole, target, { below });
      const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
      gl.useProgram(cloth.program);
      gl.uniform1f(cloth.at("bendMost"), bendMost);
      gl.uniform1i(cloth.at("samples"), samples);
      gl.uniform2f(cloth.at("offset"), ...offset);
      gl.uniformMatrix2fv(cloth.at("stride"), false, [cos / repeat[0], -sin / repeat[1], sin / repeat[0], cos / repeat[1]]);
      gl.uniform1f(cloth.at("lod"), moving ? Math.max(0, Math.log2(tile.naturalWidth / repeat[0])) : 0);
      const print = moving ? this.textureOf(tile, gl.SRGB8_ALPHA8, { tiled: true }) : this.sizedTexture(tile, repeat.map((length) => length * zoom));
      this.pass(cloth, garment.box, target, { photo: this.photo, below, maps: this.textureOf(garment.picture, gl.RGBA8), tile: print });
      below = target.texture;
    });
    if (coarse && layers.length) this.pass(this.copy, whole, canvas, { below });
  }

  pass(shader, [left, top, right, bottom], to, textures) {
    const { gl, width, height } = this;
    gl.useProgram(shader.program);
    gl.bindFramebuffer(gl.FRAMEBUFFER, to.target);
    gl.viewport(0, 0, to.width, to.height);
    gl.uniform2f(shader.at("size"), width, height);
    gl.uniform1f(shader.at("up"), to.target ? -1 : 1);
    gl.uniform4f(shader.at("box"), left / width, top / height, right / width, bottom / height);
    Object.entries(textures).forEach(([name, texture], unit) => {
      gl.activeTexture(gl.TEXTURE0 + unit);
      gl.bindTexture(gl.TEXTURE_2D, texture);
      gl.uniform1i(shader.at(name), unit);
    });
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
  }

  /** Waits until what was drawn is there; for measuring. */
  finish() {
    this.gl.readPixels(0, 0, 1, 1, this.gl.RGBA, this.gl.UNSIGNED_BYTE, new Uint8Array(4));
  }

  free() {
    this.gl.getExtension("WEBGL_lose_context")?.loseContext();
  }
}

function filter(gl, kind, wrap) {
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, kind);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, kind === gl.NEAREST ? kind : gl.LINEAR);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, wrap);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, wrap);
}

function program(gl, fragment) {
  const found = gl.createProgram();
  for (const [kind, source] of [[gl.VERTEX_SHADER, QUAD], [gl.FRAGMENT_SHADER, fragment]]) {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(found, shader);
  }
  gl.linkProgram(found);
  if (!gl.getProgramParameter(found, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(found));
  const places = {};
  return { program: found, at: (name) => (places[name] ??= gl.getUniformLocation(found, name)) };
}
