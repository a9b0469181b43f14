// sRGB bytes and linear light, in tables.

export const TO_LINEAR = new Float32Array(256);
for (let byte = 0; byte < 256; byte++) {
  const value = byte / 255;
  TO_LINEAR[byte] = value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}

const STEPS = 4095;
const TO_SRGB = new Uint8Array(STEPS + 1);
for (let step = 0; step <= STEPS; step++) {
  const value = step / STEPS;
  TO_SRGB[step] = Math.round(255 * (value <= 0.0031308 ? 12.92 * value : 1.055 * value ** (1 / 2.4) - 0.055));
}

/** The byte of a linear value from 0 to 1. */
export const toByte = (value) => TO_SRGB[Math.round(value * STEPS)];
