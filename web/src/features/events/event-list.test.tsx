import { cleanup, screen } from "@testing-library/react";
import { afterEach, expect, it } from "vitest";
import { render } from "@/lib/show-page";
import { EventList } from "./event-list";

afterEach(cleanup);

it("begins at the top for another search, and keeps its place when events come", () => {
  const list = (search: string) => <EventList label="Event stream" events={[]} chosenBy={search} />;
  const { rerender } = render(list("user"));
  const scroller = screen.getByRole("region", { name: "Event stream" });
  scroller.scrollTop = 800;
  rerender(list("user"));
  expect(scroller.scrollTop).toBe(800);
  rerender(list("user.created"));
  expect(scroller.scrollTop).toBe(0);
});
