// What is worn where: at most one print on each garment, with its size, turn and place. Edits that are not yet a picture
// are kept in the tab's own session storage, so that a reload loses nothing and two tabs do not disturb each other.

export const REPEAT_CM = 20;
const [LEAST_SCALE, MOST_SCALE] = [0.05, 20];

export const withinScales = (scale) => Math.min(MOST_SCALE, Math.max(LEAST_SCALE, scale));

export class Layers {
  /**
   * @param photo id of the photo
   * @param design id of the design that the address names, or ""
   * @param made the layers of that design
   * @param firstCm the width of a tile that the form begins with, which goes with the print that is chosen first
   */
  constructor(photo, design, made, firstCm) {
    Object.assign(this, { photo, design, firstCm });
    const kept = JSON.parse(sessionStorage.getItem(this.key) ?? "null");
    this.list = kept?.list ?? made;
    this.active = kept?.active ?? made.at(-1)?.garment ?? null;
  }

  get key() {
    return `worn ${this.photo} ${this.design}`;
  }

  save() {
    sessionStorage.setItem(this.key, JSON.stringify({ list: this.list, active: this.active }));
  }

  /** Go on from a design that was just made of these layers. */
  becomes(design) {
    this.design = design;
    this.save();
  }

  of(garment) {
    return this.list.find((layer) => layer.garment === garment);
  }

  get current() {
    return this.of(this.active);
  }

  /**
   * Put a print on the active garment; a new layer starts with the placing of the last one. Versions draw motifs of other
   * sizes on tiles of one size: the scale follows, so that they stay as large on the cloth.
   */
  dress(print, placing) {
    if (!this.active) return;
    const layer = this.current;
    const scale = withinScales(((layer ?? placing).scale * print.first_cm) / (this.cmOf(layer) || print.first_cm));
    if (layer) Object.assign(layer, { print, scale });
    // All clothing lies under single garments.
    else this.list[this.active === "all" ? "unshift" : "push"]({ garment: this.active, print, ...placing, scale });
    this.firstCm = print.first_cm;
    this.save();
  }

  /** The width of a tile that a layer's print begins with; of none, that of the print whose placing the form shows. */
  cmOf(layer) {
    return layer?.print.first_cm ?? this.firstCm;
  }

  undress(garment) {
    this.list = this.list.filter((layer) => layer.garment !== garment);
    this.save();
  }

  /** What the site's design form takes. */
  asked() {
    return this.list.map((layer) => ({
      garment: layer.garment === "all" ? null : layer.garment,
      pattern: layer.print.id,
      scale: layer.scale,
      rotation: layer.rotation,
      offset_x: layer.offset[0],
      offset_y: layer.offset[1],
    }));
  }
}
