import { Toast as Base } from "@base-ui/react/toast";
import { useLingui } from "@lingui/react/macro";
import { CircleAlert, CircleCheck, Hourglass, X } from "lucide-react";
import { useEffect } from "react";
import { cn } from "@/lib/cn";
import { takeNotes } from "@/lib/notify";
import { buttonVariants } from "./button";

/** Shows the notes that `notify` was given. */
export function Toaster() {
  return (
    <Base.Provider timeout={6_000}>
      <Base.Portal>
        <Base.Viewport className="fixed right-4 bottom-4 z-60 flex w-[calc(100vw-2rem)] max-w-sm flex-col gap-2 outline-none">
          <ToastList />
        </Base.Viewport>
      </Base.Portal>
    </Base.Provider>
  );
}

function NoteIcon({ type }: { type: string | undefined }) {
  if (type === "error") return <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-danger" />;
  if (type === "waiting") return <Hourglass aria-hidden className="mt-0.5 size-4 shrink-0 text-warning" />;
  return <CircleCheck aria-hidden className="mt-0.5 size-4 shrink-0 text-success" />;
}

function ToastList() {
  const { t } = useLingui();
  const { toasts, add } = Base.useToastManager();
  useEffect(() => takeNotes(add), [add]);
  return toasts.map((toast) => (
    <Base.Root
      key={toast.id}
      toast={toast}
      className="rounded-lg border bg-popover p-3.5 shadow-lg transition duration-200 data-ending-style:translate-y-2 data-ending-style:opacity-0 data-limited:hidden data-starting-style:translate-y-2 data-starting-style:opacity-0"
    >
      <Base.Content className="flex items-start gap-2.5">
        <NoteIcon type={toast.type} />
        <div className="min-w-0 flex-1">
          <Base.Title className="font-medium" />
          <Base.Description className="text-muted-foreground" />
        </div>
        <Base.Close
          aria-label={t`Dismiss`}
          className={cn(buttonVariants({ variant: "ghost", size: "iconSmall" }), "-my-1 -mr-1")}
        >
          <X aria-hidden />
        </Base.Close>
      </Base.Content>
    </Base.Root>
  ));
}
