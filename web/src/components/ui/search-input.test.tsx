import { cleanup, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import { render } from "@/lib/show-page";
import { SearchInput } from "./search-input";

afterEach(cleanup);

it("is left by Escape, and keeps what was searched", async () => {
  const onSearch = vi.fn();
  render(<SearchInput label="Search" value="" onSearch={onSearch} />);
  const field = screen.getByRole<HTMLInputElement>("searchbox");
  await userEvent.click(field);
  await userEvent.keyboard("{Escape}");
  expect(document.activeElement).not.toBe(field);
  await userEvent.click(field);
  await userEvent.keyboard("ada{Enter}{Escape}gm");
  expect(document.activeElement).not.toBe(field);
  expect(field.value).toBe("ada");
  await vi.waitFor(() => expect(onSearch).toHaveBeenCalledExactlyOnceWith("ada"));
});
