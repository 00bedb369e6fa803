import { cleanup, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { afterEach, expect, it, vi } from "vitest";
import { ApiError, ownProblem } from "@/api/problem";
import { showPage } from "@/lib/show-page";
import { DialogForm, FormDialog } from "./dialog-form";
import { LineField } from "./line-field";
import { useEdit } from "./use-edit";

vi.mock("@/lib/notify", () => ({ notify: vi.fn() }));
afterEach(cleanup);

interface Thing {
  name: string;
  description: string;
  version: number;
}

const SEEN: Thing = { name: "Mill", description: "Grinds.", version: 1 };
const THEIRS: Thing = { name: "Mill", description: "Weaves.", version: 2 };
const textsOf = ({ name, description }: Thing) => ({ name, description });

/** A server that keeps a thing, and takes a change over its newest version alone. */
function server(now: Thing | null) {
  const taken: object[] = [];
  const change = async (seen: Thing, typed: object) => {
    if (seen.version !== now?.version) throw new ApiError(ownProblem("precondition-failed", 412));
    taken.push(typed);
  };
  const look = async () => {
    if (now === null) throw new Error("gone");
    return now;
  };
  return { taken, change, look };
}

function show({ change, look }: ReturnType<typeof server>) {
  const Editor = ({ onClose }: { onClose: () => void }) => {
    const edit = useEdit(SEEN, textsOf, look);
    const { typed, setTyped } = edit;
    const send = async () => {
      await change(edit.before, typed);
      return { told: "Saved" };
    };
    const labels = { name: "Name", description: "What it does" };
    const line = (name: "name" | "description") => ({
      name,
      label: labels[name],
      value: typed[name],
      onChange: (value: string) => setTyped({ ...typed, [name]: value }),
      maxLength: 50,
    });
    return (
      <DialogForm
        action="Save"
        fields={[]}
        keys={[]}
        isWhole={typed.name !== ""}
        send={send}
        onClose={onClose}
        edited={{ edit, labels }}
      >
        {({ error, checked }) => (
          <>
            <LineField {...line("name")} error={error} isMissing={checked && typed.name === ""} />
            <LineField {...line("description")} error={error} />
          </>
        )}
      </DialogForm>
    );
  };
  const Page = () => {
    const [open, setOpen] = useState(true);
    return (
      <FormDialog open={open} onClose={() => setOpen(false)} title="The thing" description="What it is">
        <Editor onClose={() => setOpen(false)} />
      </FormDialog>
    );
  };
  showPage(Page, "/");
}

const type = async (label: string, text: string) => {
  const field = await screen.findByLabelText(label);
  await userEvent.clear(field);
  if (text) await userEvent.type(field, text);
};
const save = () => userEvent.click(screen.getByRole("button", { name: "Save" }));
const closed = () => vi.waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());

it("says what is missing once it was tried, and is closed once it was sent", async () => {
  const kept = server(SEEN);
  show(kept);
  await type("Name", "");
  expect(screen.queryByText("The name is missing.")).toBeNull();
  await save();
  expect(screen.getByText("The name is missing.")).toBeTruthy();
  expect(kept.taken).toEqual([]);
  await type("Name", "Store");
  await save();
  await closed();
  expect(kept.taken).toEqual([{ name: "Store", description: "Grinds." }]);
});

it("shows both versions where somebody else was there first, and goes on with one's own over theirs", async () => {
  const kept = server(THEIRS);
  show(kept);
  await type("Name", "Store");
  await save();
  const both = within(await screen.findByRole("region", { name: "Both versions" }));
  expect(both.getByRole("alert").textContent).toMatch(/^It was changed in the meantime/);
  // What is refused is told once.
  expect(screen.getAllByRole("alert")).toHaveLength(1);
  const shown = both.getAllByRole("definition").map(({ textContent }) => textContent);
  expect(shown).toEqual(["Mill", "Store", "Weaves.", "Grinds."]);
  await userEvent.click(both.getByRole("button", { name: "Go on with mine" }));
  expect(screen.queryByRole("region", { name: "Both versions" })).toBeNull();
  expect(screen.queryByRole("alert")).toBeNull();
  // What one has left alone is not turned back.
  expect(screen.getByLabelText<HTMLInputElement>("What it does").value).toBe("Weaves.");
  await save();
  await closed();
  expect(kept.taken).toEqual([{ name: "Store", description: "Weaves." }]);
});

it("takes what it has become in the place of what was typed", async () => {
  const kept = server(THEIRS);
  show(kept);
  await type("Name", "Store");
  await save();
  await userEvent.click(await screen.findByRole("button", { name: "Take what it is now" }));
  expect(screen.getByLabelText<HTMLInputElement>("Name").value).toBe("Mill");
  expect(screen.getByLabelText<HTMLInputElement>("What it does").value).toBe("Weaves.");
  await save();
  await closed();
  expect(kept.taken).toEqual([{ name: "Mill", description: "Weaves." }]);
});

it("says that it was changed where nobody can look at what it has become", async () => {
  show(server(null));
  await type("Name", "Store");
  await save();
  expect((await screen.findByRole("alert")).textContent).toContain("It was changed in the meantime");
  expect(screen.queryByRole("region", { name: "Both versions" })).toBeNull();
  expect(screen.getByLabelText<HTMLInputElement>("Name").value).toBe("Store");
});

it.each(["by Escape", "by Cancel"])("gives the focus back to what opened it, %s", async (way) => {
  const Page = () => {
    const [open, setOpen] = useState(false);
    const close = () => setOpen(false);
    return (
      <>
        <button type="button" onClick={() => setOpen(true)}>
          New thing
        </button>
        <FormDialog open={open} onClose={close} title="The thing" description="What it is">
          <DialogForm action="Save" fields={[]} keys={[]} send={async () => undefined} onClose={close}>
            {({ error }) => (
              <LineField label="Name" name="name" value="" onChange={() => {}} maxLength={9} error={error} autoFocus />
            )}
          </DialogForm>
        </FormDialog>
      </>
    );
  };
  showPage(Page, "/");
  const opener = await screen.findByRole("button", { name: "New thing" });
  opener.focus();
  await userEvent.keyboard("{Enter}");
  expect(document.activeElement).toBe(await screen.findByLabelText("Name"));
  if (way === "by Escape") await userEvent.keyboard("{Escape}");
  else await userEvent.click(screen.getByRole("button", { name: "Cancel" }));
  await closed();
  await vi.waitFor(() => expect(document.activeElement).toBe(opener));
});
