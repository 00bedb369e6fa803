import { act, cleanup, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import { render } from "@/lib/show-page";
import { Chart, type ChartProps } from "./chart";
import type { PlotProps } from "./plot";

const plot = vi.hoisted(() => ({ props: undefined as PlotProps | undefined }));
// There is no canvas here; what the plot is told and what it tells is looked at.
vi.mock("./plot", () => ({
  Plot: (props: PlotProps) => {
    plot.props = props;
    props.moveTo.current = props.onMoment;
    return null;
  },
}));

afterEach(cleanup);

const SERIES = [
  { label: "Requests", values: [1, 2, 3] },
  { label: "Errors", values: [0, null, 1] },
];
const chart = async (given: Partial<ChartProps> = {}) => {
  await act(async () => {
    render(<Chart title="Traffic" times={[60_000, 120_000, 180_000]} series={SERIES} unit="count" {...given} />);
  });
};

it("says in words what it draws", async () => {
  await chart({ markers: [{ at: 120_000, label: "Deployed" }] });
  const slider = screen.getByRole("slider", { name: /^Traffic/ });
  const summary = document.getElementById(slider.getAttribute("aria-describedby") ?? "");
  expect(summary?.textContent).toContain("Requests: 3 at the end, between 1 and 3.");
  expect(summary?.textContent).toContain("Deployed");
});

it("moves along the moments by the keyboard, and says their values", async () => {
  await chart();
  const slider = screen.getByRole("slider");
  slider.focus();
  await userEvent.keyboard("{ArrowLeft}{ArrowLeft}");
  expect(slider.getAttribute("aria-valuenow")).toBe("1");
  expect(slider.getAttribute("aria-valuetext")).toMatch(/Requests 2, Errors –$/);
  await userEvent.keyboard("{ArrowRight}{ArrowRight}{ArrowRight}");
  expect(slider.getAttribute("aria-valuenow")).toBe("2");
  await userEvent.keyboard("{Home}{ArrowLeft}");
  expect(slider.getAttribute("aria-valuetext")).toMatch(/Requests 1, Errors 0$/);
  await userEvent.keyboard("{Escape}");
  expect(slider.getAttribute("aria-valuetext")).toMatch(/^Requests 3, Errors 1$/);
});

it("shows the same in a table, when asked", async () => {
  await chart();
  expect(screen.queryByRole("table")).toBeNull();
  await userEvent.click(screen.getByRole("button", { name: "Show as a table: Traffic" }));
  const [, newest, middle] = within(screen.getByRole("table")).getAllByRole("row");
  expect(
    newest &&
      within(newest)
        .getAllByRole("cell")
        .map((cell) => cell.textContent),
  ).toEqual(["3", "1"]);
  expect(middle?.textContent).toContain("no value");
});

it("switches a series off and on", async () => {
  await chart();
  const button = screen.getByRole("button", { name: "Show Errors" });
  await userEvent.click(button);
  expect([...(plot.props?.hidden ?? [])]).toEqual(["Errors"]);
  expect(button.getAttribute("aria-pressed")).toBe("false");
  await userEvent.click(button);
  expect(plot.props?.hidden.size).toBe(0);
});

it("tells loading, failure and nothing apart", async () => {
  await chart({ times: undefined });
  expect(screen.getByRole("status", { name: "Loading the chart" })).toBeTruthy();
  cleanup();
  const retry = vi.fn();
  await chart({ times: undefined, error: new Error("No answer"), retry });
  expect(screen.getByRole("alert").textContent).toContain("No answer");
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(retry).toHaveBeenCalledOnce();
  cleanup();
  await chart({ series: [{ label: "Requests", values: [null, null, null] }] });
  expect(screen.getByText("Nothing was measured in this time.")).toBeTruthy();
  expect(screen.queryByRole("slider")).toBeNull();
});
