import { cleanup, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import { showPage } from "@/lib/show-page";
import { type Grant, GrantForm } from "./grant-form";

afterEach(cleanup);

const OPTIONS = [{ name: "a", label: "First", hint: "What the first is for" }];

function show(send: (grant: Grant) => Promise<unknown>) {
  const onClose = vi.fn();
  showPage(
    () => (
      <GrantForm label="What" options={OPTIONS} action="Give" send={send} onClose={onClose} bounds={["condition"]} />
    ),
    "/",
  );
  return onClose;
}

it("is sent once something is chosen, once at a time, and closed then", async () => {
  let answer = () => {};
  const send = vi.fn((_: Grant) => new Promise<void>((resolve) => (answer = resolve)));
  const onClose = show(send);
  const give = await screen.findByRole("button", { name: "Give" });
  await userEvent.click(give);
  expect(await screen.findByText("Choose one.")).toBeTruthy();
  expect(send).not.toHaveBeenCalled();
  await userEvent.selectOptions(screen.getByLabelText("What"), "a");
  expect(screen.getByText("What the first is for")).toBeTruthy();
  await userEvent.type(screen.getByLabelText("Condition"), " request.mfa {Enter}");
  await userEvent.click(give);
  expect(send.mock.calls).toEqual([[{ what: "a", expiresAt: null, organisation: "", condition: "request.mfa" }]]);
  expect(onClose).not.toHaveBeenCalled();
  answer();
  await waitFor(() => expect(onClose).toHaveBeenCalledOnce());
});

it("stays open with what was refused, and can be sent again", async () => {
  const send = vi.fn(() => Promise.reject(new Error("no")));
  const onClose = show(send);
  await userEvent.selectOptions(await screen.findByLabelText("What"), "a");
  await userEvent.click(screen.getByRole("button", { name: "Give" }));
  expect((await screen.findByRole("alert")).textContent).toContain("no");
  await userEvent.click(screen.getByRole("button", { name: "Give" }));
  await waitFor(() => expect(send).toHaveBeenCalledTimes(2));
  expect(onClose).not.toHaveBeenCalled();
});
