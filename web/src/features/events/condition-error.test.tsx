import { cleanup } from "@testing-library/react";
import { afterEach, describe, expect, it } from "vitest";
import { render } from "@/lib/show-page";
import { ConditionError, placeOf, pointAt } from "./condition-error";

afterEach(cleanup);

describe("placeOf", () => {
  it("reads where a condition is wrong, where the message says so", () => {
    expect(placeOf("line 2, column 14: there is no `evnt`")).toEqual({ line: 2, column: 14 });
    expect(placeOf("is longer than 2000 bytes")).toBeNull();
  });
});

describe("pointAt", () => {
  it("points at the place, also behind the last character", () => {
    expect(pointAt("evnt == 1", { line: 1, column: 1 })).toBe("evnt == 1\n^");
    expect(pointAt("event ==", { line: 1, column: 9 })).toBe("event ==\n        ^");
    expect(pointAt("a &&\nb ||", { line: 2, column: 3 })).toBe("b ||\n  ^");
    expect(pointAt("event", { line: 3, column: 1 })).toBeNull();
  });

  it("counts characters, and shows what stands around the place of a long condition", () => {
    expect(pointAt('"🚀" x', { line: 1, column: 5 })).toBe('"🚀" x\n    ^');
    const [shown = "", pointer = ""] =
      pointAt(`${"a".repeat(60)}!${"b".repeat(60)}`, { line: 1, column: 61 })?.split("\n") ?? [];
    expect(shown).toHaveLength(46);
    expect(shown[pointer.indexOf("^")]).toBe("!");
  });
});

it("tells the message as it came, and the marker only to those who see it", () => {
  const message = "line 1, column 1: there is no `evnt`; did you mean `event`?";
  const { container } = render(<ConditionError condition="evnt.type" message={message} />);
  expect(container.querySelector("p")?.textContent).toBe(message);
  expect(container.querySelector("pre")?.getAttribute("aria-hidden")).toBe("true");
});
