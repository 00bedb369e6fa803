import { describe, expect, it } from "vitest";
import { RingBuffer } from "./ring-buffer";

describe("RingBuffer", () => {
  it("gives items newest first", () => {
    const buffer = new RingBuffer<number>(3);
    for (const item of [1, 2]) buffer.push(item);
    expect(buffer.newestFirst()).toEqual([2, 1]);
  });

  it("lets the oldest go when it is full, and says which", () => {
    const buffer = new RingBuffer<number>(3);
    const evicted = [1, 2, 3, 4, 5].map((item) => buffer.push(item));
    expect(evicted).toEqual([undefined, undefined, undefined, 1, 2]);
    expect(buffer.newestFirst()).toEqual([5, 4, 3]);
    expect(buffer.size).toBe(3);
  });

  it("is usable again after being cleared while wrapped around", () => {
    const buffer = new RingBuffer<number>(2);
    for (const item of [1, 2, 3]) buffer.push(item);
    buffer.clear();
    buffer.push(9);
    expect(buffer.newestFirst()).toEqual([9]);
  });

  it("refuses a capacity that holds nothing", () => {
    expect(() => new RingBuffer(0)).toThrow(RangeError);
  });
});
