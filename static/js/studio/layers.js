// What is worn where: at most one print on each garment, with its size, turn and place. Edits that are not yet a picture
// are kept in the tab's own session storage, so that a reload loses nothing and two tabs do not disturb each other.

export const REPEAT_CM = 20;

export class Layers {
  /**
   * @param photo id of the photo
   * @param design id of the design that the address names, or ""
   * @param made the layers of that design
   */
  constructor(photo, design, made) {
    Object.assign(this, { photo, design });
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

  /** Put a print on the active garment; a new layer starts with the placing of the last one. */
  dress(print, placing) {
    if (!this.active) return;
    const layer = this.current;
    if (layer) layer.print = print;
    // All clothing lies under single garments.
    else this.list[this.active === "all" ? "unshift" : "push"]({ garment: this.active, print, ...placing });
    this.save();
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
