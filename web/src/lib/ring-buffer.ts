/** Keeps the newest items up to a capacity; the oldest make room. */
export class RingBuffer<Item> {
  readonly capacity: number;
  readonly #slots: Item[] = [];
  #start = 0;

  constructor(capacity: number) {
    if (!Number.isInteger(capacity) || capacity < 1) throw new RangeError("a ring buffer needs room for one item");
    this.capacity = capacity;
  }

  get size(): number {
    return this.#slots.length;
  }

  /** Adds an item; returns the one that had to go, if any. */
  push(item: Item): Item | undefined {
    if (this.#slots.length < this.capacity) {
      this.#slots.push(item);
      return undefined;
    }
    const evicted = this.#slots[this.#start];
    this.#slots[this.#start] = item;
    this.#start = (this.#start + 1) % this.capacity;
    return evicted;
  }

  /** A copy, newest first. */
  newestFirst(): Item[] {
    const { length } = this.#slots;
    return Array.from({ length }, (_, age) => this.#slots[(this.#start + length - 1 - age) % length] as Item);
  }

  clear(): void {
    this.#slots.length = 0;
    this.#start = 0;
  }
}
