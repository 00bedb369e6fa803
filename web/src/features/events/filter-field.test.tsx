import { act, cleanup, fireEvent, screen } from "@testing-library/react";
import { createRef } from "react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { render } from "@/lib/show-page";
import { FilterField } from "./filter-field";

const onFilter = vi.fn();

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  cleanup();
  onFilter.mockClear();
  vi.useRealTimers();
});

function showField(value = ""): HTMLInputElement {
  render(<FilterField inputRef={createRef()} value={value} onFilter={onFilter} error={undefined} />);
  const field = screen.getByLabelText<HTMLInputElement>("Filter");
  field.focus();
  return field;
}
const write = (field: HTMLInputElement, value: string) => fireEvent.change(field, { target: { value } });
const press = (field: HTMLInputElement, key: string) => fireEvent.keyDown(field, { key });
const wait = (milliseconds: number) => act(() => void vi.advanceTimersByTime(milliseconds));

it("applies a condition once no key was pressed for 600 ms", () => {
  const field = showField();
  write(field, "event.");
  wait(500);
  write(field, "event.type == 'a' ");
  wait(590);
  expect(onFilter).not.toHaveBeenCalled();
  wait(10);
  expect(onFilter).toHaveBeenCalledExactlyOnceWith("event.type == 'a'");
});

it("applies it on Enter, and not again afterwards", () => {
  const field = showField();
  write(field, "true");
  press(field, "Enter");
  wait(0);
  expect(onFilter).toHaveBeenCalledExactlyOnceWith("true");
  wait(1_000);
  expect(onFilter).toHaveBeenCalledOnce();
});

it("is emptied by Escape, and left by it when it is empty", () => {
  const field = showField("true");
  press(field, "Escape");
  wait(0);
  expect(onFilter).toHaveBeenCalledExactlyOnceWith("");
  expect(document.activeElement).toBe(field);
  press(field, "Escape");
  expect(document.activeElement).not.toBe(field);
  expect(onFilter).toHaveBeenCalledOnce();
});
