import { act, cleanup, screen } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";
import { render } from "@/lib/show-page";
import { RetryAfter } from "./retry-after";

afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

it("counts down, and says nothing more when it can be tried", () => {
  vi.useFakeTimers();
  render(<RetryAfter seconds={3} />);
  expect(screen.getByText("Try again in 3 seconds.")).toBeTruthy();
  act(() => void vi.advanceTimersByTime(2_000));
  expect(screen.getByText("Try again in a second.")).toBeTruthy();
  act(() => void vi.advanceTimersByTime(1_000));
  expect(screen.queryByText(/Try again/)).toBeNull();
});
