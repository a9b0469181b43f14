// A garment's maps as the worker made them: a picture of w x 3h; above, mask (red) and light (green: 255 sqrt(light / 4));
// in the middle, the bend of the print in pixels (red right, green down: 128 + 127 bend / bend_most); below, the ground's own
// colour behind the mask's soft edge.

export async function loadMaps(garment, width, height) {
  const picture = new Image();
  picture.src = garment.maps;
  await picture.decode();
  const canvas = new OffscreenCanvas(width, 3 * height);
  const pen = canvas.getContext("2d", { willReadFrequently: true, colorSpace: "srgb" });
  pen.drawImage(picture, 0, 0);
  const [left, top, right, bottom] = garment.box;
  const box = [Math.floor(left), Math.floor(top), Math.min(width, Math.ceil(right)), Math.min(height, Math.ceil(bottom))];
  return { ...garment, box, picture, pixels: pen.getImageData(0, 0, width, 3 * height).data };
}

/** The garment at a point of the preview: the smallest whose mask is there; "all" only where there is no other. */
export function garmentAt(garments, width, height, x, y) {
  if (x < 0 || y < 0 || x >= width || y >= height) return null;
  const at = 4 * (Math.floor(y) * width + Math.floor(x));
  const here = garments.filter((garment) => garment.pixels[at] > 127);
  here.sort((one, other) => (one.id === "all") - (other.id === "all") || one.area - other.area);
  return here[0] ?? null;
}

/** The rim of a mask as a picture of the preview's size: the mask less what is three pixels inside of it. */
export function outline(garment, width, height, colour) {
  const { pixels } = garment;
  const canvas = new OffscreenCanvas(width, height);
  const pen = canvas.getContext("2d");
  const image = pen.createImageData(width, height);
  const inside = (x, y) => x >= 0 && y >= 0 && x < width && y < height && pixels[4 * (y * width + x)] > 127;
  const [left, top, right, bottom] = garment.box;
  for (let y = Math.max(0, top - 2); y < Math.min(height, bottom + 2); y++) {
    for (let x = Math.max(0, left - 2); x < Math.min(width, right + 2); x++) {
      const here = inside(x, y);
      let kind = 0;
      if (here && !(inside(x - 2, y) && inside(x + 2, y) && inside(x, y - 2) && inside(x, y + 2))) kind = 1;
      else if (!here && (inside(x - 2, y) || inside(x + 2, y) || inside(x, y - 2) || inside(x, y + 2))) kind = 2;
      if (kind) image.data.set(kind === 1 ? colour : [255, 255, 255, 220], 4 * (y * width + x));
    }
  }
  pen.putImageData(image, 0, 0);
  return canvas;
}
