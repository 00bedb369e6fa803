import { useState } from "react";
import { ApiError } from "@/api/problem";
import { Button } from "@/components/ui/button";
import { notify } from "@/lib/notify";
import { ConfirmDialog } from "./confirm-dialog";

const pause = () => new Promise((resolve) => setTimeout(resolve, 500));
const refuse = (name: string, status: number, title: string, detail: string) => {
  throw new ApiError({ type: `urn:orion:problem:${name}`, title, status, detail });
};

type Which = "simple" | "typed" | "failing" | null;

export function ConfirmDemo() {
  const [open, setOpen] = useState<Which>(null);
  const shared = { onOpenChange: (next: boolean) => !next && setOpen(null) };
  const done = (title: string) => notify({ title, type: "success" });
  return (
    <div className="flex flex-wrap gap-2">
      <Button onClick={() => setOpen("simple")}>Suspend…</Button>
      <Button onClick={() => setOpen("typed")}>Delete…</Button>
      <Button onClick={() => setOpen("failing")}>What fails…</Button>
      <ConfirmDialog
        {...shared}
        open={open === "simple"}
        title="Suspend three users?"
        action="Suspend"
        objects={["Ada Lovelace", "Grace Hopper", "Barbara Liskov"]}
        leastReason={5}
        run={async () => {
          await pause();
          done("Three users are suspended");
        }}
      >
        They are signed out at once and cannot sign in until somebody lets them in again.
      </ConfirmDialog>
      <ConfirmDialog
        {...shared}
        open={open === "typed"}
        title="Delete the organisation acme?"
        action="Delete"
        tone="danger"
        typed="acme"
        run={async () => {
          await pause();
          done("acme is deleted");
        }}
      >
        Its 42 members lose their access, its keys end, and its data is gone for good after 30 days.
      </ConfirmDialog>
      <ConfirmDialog
        {...shared}
        open={open === "failing"}
        title="Roll the settings back to version 3?"
        action="Roll back"
        run={async () => {
          await pause();
          refuse(
            "conflict",
            409,
            "Somebody was faster",
            "Version 7 was saved a moment ago. Look at it before you go on.",
          );
        }}
      >
        Everything that was changed since 12 March is as it was then.
      </ConfirmDialog>
    </div>
  );
}
