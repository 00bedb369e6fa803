import { act, cleanup, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import { ApiError } from "@/api/problem";
import { speak } from "@/lib/language";
import { render } from "@/lib/show-page";
import { EXAMPLE, EXAMPLE_SECRETS, EXAMPLE_VALUE } from "./schema.example";
import { SchemaForm } from "./schema-form";

afterEach(async () => {
  cleanup();
  await speak("en");
});

const form = (onSubmit: (changes: object) => Promise<unknown> = vi.fn().mockResolvedValue(undefined)) => {
  render(
    <SchemaForm
      label="Mail"
      schema={EXAMPLE}
      value={EXAMPLE_VALUE}
      secrets={EXAMPLE_SECRETS}
      prefix="mail"
      onSubmit={onSubmit}
    />,
  );
  return onSubmit;
};
const field = (label: string) => screen.getByLabelText<HTMLInputElement>(label);
const press = (name: string) => userEvent.click(screen.getByRole("button", { name }));
const button = (name: string) => screen.getByRole<HTMLButtonElement>("button", { name });
const retype = async (label: string, text: string) => {
  await userEvent.clear(field(label));
  if (text) await userEvent.type(field(label), text);
};

it("hands on only what was changed", async () => {
  const onSubmit = form();
  expect(button("Save").disabled).toBe(true);
  await retype("Timeout", "250");
  await userEvent.selectOptions(field("Log"), "json");
  await userEvent.click(field("Tracking"));
  expect(screen.getByRole("status").textContent).toBe("3 changes");
  await press("Save");
  await waitFor(() =>
    expect(onSubmit).toHaveBeenCalledExactlyOnceWith({ timeout_ms: 250, log: "json", tracking: true }),
  );
  await waitFor(() => expect(screen.getByRole("status").textContent).toBe("Nothing is changed."));
  expect(field("Timeout").value).toBe("250");
});

it("says at the field what is wrong, puts the focus there, and sends nothing", async () => {
  const onSubmit = form();
  await retype("Timeout", "0");
  await press("Save");
  await waitFor(() => expect(field("Timeout").getAttribute("aria-invalid")).toBe("true"));
  const note = document.getElementById(field("Timeout").getAttribute("aria-describedby") ?? "");
  expect(note?.textContent).toBe("At least 1.");
  expect(document.activeElement).toBe(field("Timeout"));
  await retype("Timeout", "5");
  await waitFor(() => expect(field("Timeout").getAttribute("aria-invalid")).toBeNull());
  expect(onSubmit).not.toHaveBeenCalled();
});

it("reads numbers as the page's language writes them, and says how that is", async () => {
  await speak("de");
  const onSubmit = form();
  await retype("Timeout", "5,000");
  await press("Speichern");
  expect(await screen.findByText("Geben Sie eine ganze Zahl ein, etwa 12.345.")).toBeTruthy();
  expect(onSubmit).not.toHaveBeenCalled();
  await retype("Timeout", "5.000");
  await press("Speichern");
  await waitFor(() => expect(onSubmit).toHaveBeenCalledExactlyOnceWith({ timeout_ms: 5_000 }));
});

it("takes a number for no other one when the language changes under it", async () => {
  await speak("de");
  const onSubmit = form();
  await retype("Timeout", "5.000");
  await act(() => speak("en"));
  await press("Save");
  expect(await screen.findByText("Enter a whole number, such as 12,345.")).toBeTruthy();
  expect(onSubmit).not.toHaveBeenCalled();
});

it("takes an emptied number for its default", async () => {
  const onSubmit = form();
  await retype("Timeout", "");
  await press("Save");
  await waitFor(() => expect(onSubmit).toHaveBeenCalledWith({ timeout_ms: null }));
});

it("never shows a secret, and sends it only when it is replaced", async () => {
  const onSubmit = form();
  const secret = screen.getByRole("group", { name: "SMTP URL" });
  expect(secret.textContent).toContain("Set, and never shown");
  await userEvent.click(within(secret).getByRole("button", { name: "Replace" }));
  await waitFor(() => expect(document.activeElement).toBe(field("SMTP URL")));
  expect(field("SMTP URL").type).toBe("password");
  await press("Keep the one that is set");
  expect(screen.getByRole("status").textContent).toBe("Nothing is changed.");
  await userEvent.click(
    within(screen.getByRole("group", { name: "SMTP URL" })).getByRole("button", { name: "Replace" }),
  );
  await userEvent.type(field("SMTP URL"), "smtps://new");
  await press("Save");
  await waitFor(() => expect(onSubmit).toHaveBeenCalledWith({ smtp_url: "smtps://new" }));
  await waitFor(() => expect(screen.queryByLabelText("SMTP URL", { selector: "input" })).toBeNull());
});

it("adds a named section, and removes another", async () => {
  const onSubmit = form();
  await press("Remove google");
  await press("Add to Providers");
  await userEvent.type(field("Name"), "git hub");
  await userEvent.type(field("Client id"), "x");
  await userEvent.type(field("Secret"), "s");
  await press("Save");
  expect(await screen.findByText("This name cannot be used.")).toBeTruthy();
  await retype("Name", "github");
  await press("Save");
  await waitFor(() =>
    expect(onSubmit).toHaveBeenCalledWith({ providers: { google: null, github: { client_id: "x", secret: "s" } } }),
  );
});

it("shows what the server says at the field, and the rest below", async () => {
  const errors = [
    { field: "mail.timeout_ms", code: "invalid" as const, message: "Too short for this relay" },
    { field: "mail.unheard_of", code: "invalid" as const, message: "What is that?" },
  ];
  const problem = { type: "urn:orion:problem:validation", title: "Some fields are wrong", status: 422, errors };
  form(() => Promise.reject(new ApiError(problem)));
  await retype("Timeout", "250");
  await press("Save");
  expect(await screen.findByText("Too short for this relay")).toBeTruthy();
  expect(screen.getByRole("alert").textContent).toContain("Some fields are not valid");
  expect(field("Timeout").value).toBe("250");
});

it("begins with a value that somebody proposes, also one that cannot be right, and tells what would be sent", async () => {
  const onTyped = vi.fn();
  const given = { label: "Mail", schema: EXAMPLE, value: EXAMPLE_VALUE, onTyped, onSubmit: vi.fn() };
  render(<SchemaForm {...given} typed={{ timeout_ms: "soon" }} />);
  expect(field("Timeout").value).toBe("soon");
  expect(await screen.findByText("Enter a whole number, such as 12,345.")).toBeTruthy();
  expect(onTyped).toHaveBeenLastCalledWith({ timeout_ms: "soon" });
  await press("Discard");
  expect(onTyped).toHaveBeenLastCalledWith(undefined);
});

it("says nothing of a problem that what stands beside the fields tells", async () => {
  const onSubmit = () => Promise.reject(new ApiError({ type: "urn:orion:problem:conflict", title: "No", status: 409 }));
  const given = { label: "Mail", schema: EXAMPLE, value: EXAMPLE_VALUE, secrets: EXAMPLE_SECRETS, onSubmit };
  const { rerender } = render(<SchemaForm {...given} />);
  await retype("Timeout", "250");
  await press("Save");
  expect(await screen.findByRole("alert")).toBeTruthy();
  rerender(
    <SchemaForm {...given} tells={({ kind }) => kind === "conflict"}>
      <p>Somebody else was faster</p>
    </SchemaForm>,
  );
  expect(screen.getByText("Somebody else was faster")).toBeTruthy();
  expect(screen.queryByRole("alert")).toBeNull();
});

it("goes back to what is in force", async () => {
  form();
  await retype("From", "Somebody");
  await press("Discard");
  expect(field("From").value).toBe(EXAMPLE_VALUE.from);
  expect(button("Save").disabled).toBe(true);
});

it("says what it is, its unit and its bounds", () => {
  form();
  const note = document.getElementById(field("Timeout").getAttribute("aria-describedby") ?? "");
  expect(note?.textContent).toContain("1 to 60,000. Default: 10,000.");
  expect(field("Timeout").parentElement?.textContent).toContain("ms");
});
