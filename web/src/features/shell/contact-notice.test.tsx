import { act, cleanup, screen } from "@testing-library/react";
import { afterEach, expect, it } from "vitest";
import { contact } from "@/api/contact";
import { LiveIndicator } from "@/components/layout/live-indicator";
import { render } from "@/lib/show-page";
import { ContactNotice } from "./contact-notice";

afterEach(() => {
  cleanup();
  contact.heard();
});

it("appears when the server is lost, says since when, and goes when it answers", () => {
  render(
    <>
      <ContactNotice />
      <LiveIndicator />
    </>,
  );
  expect(screen.queryByRole("alert")).toBeNull();
  act(() => contact.missed());
  expect(screen.getByRole("alert").textContent).toMatch(/since \d\d:\d\d:\d\d/);
  expect(screen.getByRole("status").textContent).toBe("No connection");
  act(() => contact.heard());
  expect(screen.queryByRole("alert")).toBeNull();
});
