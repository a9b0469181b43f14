// Prints on the photo with WebGL 2, by the formula of segmentation/README.md ("Preview in the browser"): in linear light,
//   u = ( cos a p.x + sin a p.y) / repeat.x - offset.x,  v = (-sin a p.x + cos a p.y) / repeat.y - offset.y,
// p the pixel from the photo's centre plus its bend, and old + (print(u, v) * light - old) * mask.
// Textures and the buffer are sRGB, so that reading, mixing and writing happen in linear light by themselves.

const QUAD = `#version 300 es
uniform vec4 box;            // left, top, right, bottom of what is drawn, in shares of the picture
out vec2 at;
void main() {
  at = mix(box.xy, box.zw, vec2(gl_VertexID & 1, gl_VertexID >> 1));
  gl_Position = vec4(at * 2.0 - 1.0, 0, 1);
}`;

const COPY = `#version 300 es
precision highp float;
uniform sampler2D source;
uniform bool encode;
in vec2 at;
out vec4 colour;
void main() {
  vec3 c = texture(source, encode ? vec2(at.x, 1.0 - at.y) : at).rgb;
  if (encode) c = mix(12.92 * c, 1.055 * pow(c, vec3(1.0 / 2.4)) - 0.055, step(0.0031308, c));
  colour = vec4(c, 1);
}`;

const CLOTH = `#version 300 es
precision highp float;
uniform sampler2D maps, tile;
uniform vec2 size, offset;   // of the preview in pixels; of the print in repeats
uniform mat2 stride;         // repeats for each pixel right and down
uniform float bendMost, lod;
in vec2 at;
out vec4 colour;
void main() {
  ivec2 pixel = ivec2(at * size);
  vec4 upper = texelFetch(maps, pixel, 0);
  if (upper.r == 0.0) discard;
  vec2 bend = (texelFetch(maps, pixel + ivec2(0, int(size.y)), 0).rg * 255.0 - 128.0) / 127.0 * bendMost;
  vec2 place = stride * (vec2(pixel) + 0.5 - size / 2.0 + bend) - offset;
  float light = 4.0 * upper.g * upper.g;
  colour = vec4(min(textureLod(tile, place, lod).rgb * light, 1.0), upper.r);
}`;

export class WebglRenderer {
  /** @throws Error where WebGL 2 is missing. */
  constructor(canvas, photo, width, height) {
    const gl = canvas.getContext("webgl2", { antialias: false, preserveDrawingBuffer: true, alpha: false });
    if (!gl) throw new Error("no WebGL 2");
    Object.assign(this, { gl, width, height });
    [canvas.width, canvas.height] = [width, height];
    this.copy = program(gl, COPY);
    this.cloth = program(gl, CLOTH);
    gl.bindVertexArray(gl.createVertexArray());
    this.photo = this.texture(photo, gl.SRGB8_ALPHA8);
    this.mixed = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, this.mixed);
    gl.texStorage2D(gl.TEXTURE_2D, 1, gl.SRGB8_ALPHA8, width, height);
    filter(gl, gl.NEAREST, gl.CLAMP_TO_EDGE);
    this.buffer = gl.createFramebuffer();
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.buffer);
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, this.mixed, 0);
    this.kept = new WeakMap();
    gl.viewport(0, 0, width, height);
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
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.LINEAR);
    } else filter(gl, gl.NEAREST, gl.CLAMP_TO_EDGE);
    return texture;
  }

  textureOf(picture, format, options) {
    if (!this.kept.has(picture)) this.kept.set(picture, this.texture(picture, format, options));
    return this.kept.get(picture);
  }

  /**
   * @param layers bottom first: {garment: maps of maps.js, tile: Image, repeat: [x, y] in preview pixels, angle in radians,
   *   offset: [x, y] in repeats}
   */
  draw(layers, bendMost) {
    const { gl, width, height } = this;
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.buffer);
    gl.disable(gl.BLEND);
    this.pass(this.copy, [0, 0, width, height], { source: this.photo });
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.SRC_ALPHA, gl.ONE_MINUS_SRC_ALPHA);
    for (const { garment, tile, repeat, angle, offset } of layers) {
      const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
      gl.useProgram(this.cloth.program);
      gl.uniform2f(this.cloth.at("size"), width, height);
      gl.uniform2f(this.cloth.at("offset"), ...offset);
      gl.uniformMatrix2fv(this.cloth.at("stride"), false, [cos / repeat[0], -sin / repeat[1], sin / repeat[0], cos / repeat[1]]);
      gl.uniform1f(this.cloth.at("bendMost"), bendMost);
      gl.uniform1f(this.cloth.at("lod"), Math.max(0, Math.log2(tile.naturalWidth / repeat[0])));
      this.pass(this.cloth, garment.box, {
        maps: this.textureOf(garment.picture, gl.RGBA8),
        tile: this.textureOf(tile, gl.SRGB8_ALPHA8, { tiled: true }),
      });
    }
    gl.disable(gl.BLEND);
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    gl.useProgram(this.copy.program);
    gl.uniform1i(this.copy.at("encode"), 1);
    this.pass(this.copy, [0, 0, width, height], { source: this.mixed });
    gl.uniform1i(this.copy.at("encode"), 0);
  }

  pass(shader, [left, top, right, bottom], textures) {
    const { gl, width, height } = this;
    gl.useProgram(shader.program);
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
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
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
