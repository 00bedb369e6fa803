import { Trans, useLingui } from "@lingui/react/macro";
import { useQueryClient } from "@tanstack/react-query";
import { useId, useState } from "react";
import { CheckLine, Form, FormFoot } from "@/components/form/form";
import { useSubmit } from "@/components/form/use-submit";
import { Dialog, DialogContent, DialogDescription, DialogTitle } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { changePreferences } from "@/features/session/preferences";
import { notify } from "@/lib/notify";
import { Checkbox } from "@/parts/checkbox";
import { faultOf, LONGEST_NAME, MOST_VIEWS, namesake, type SavedView, savingOf, type ViewFault } from "./saved-views";
import type { UserFilter } from "./user-filter";

interface SaveViewProps {
  open: boolean;
  onClose: () => void;
  /** The one that is changed; a new one is saved without. */
  view: SavedView | undefined;
  /** What a new one shows. */
  filter: UserFilter;
  views: readonly SavedView[];
}

/** Gives what the list shows a name, or a view another one. */
export function SaveViewDialog({ open, onClose, view, ...props }: SaveViewProps) {
  const { t } = useLingui();
  return (
    <Dialog open={open} onOpenChange={(next) => !next && onClose()}>
      <DialogContent>
        <DialogTitle>{view ? t`Change the view` : t`Save as a view`}</DialogTitle>
        <DialogDescription>
          <Trans>Filters and order under a name, for you alone, wherever you sign in.</Trans>
        </DialogDescription>
        {open && <ViewForm view={view} onClose={onClose} {...props} />}
      </DialogContent>
    </Dialog>
  );
}

function ViewForm({ view, filter, views, onClose }: Omit<SaveViewProps, "open">) {
  const { t } = useLingui();
  const boxId = useId();
  const queryClient = useQueryClient();
  const [name, setName] = useState(view?.name ?? "");
  const [isDefault, setDefault] = useState(view?.isDefault ?? false);
  const [id] = useState(() => view?.id ?? newId());
  const made: SavedView = { id, filter: view?.filter ?? filter, name, isDefault };
  const fault = faultOf(views, made);
  const send = async () => {
    await changePreferences(queryClient, (now) => savingOf(now, made));
    notify({ type: "success", title: t`The view is saved` });
    onClose();
  };
  const submission = useSubmit(send, fault === undefined);
  const { error, tried } = submission;
  const faults: Record<ViewFault, string> = {
    name: t`A name of ${LONGEST_NAME} letters at most.`,
    "too-many": t`There are ${MOST_VIEWS} views already: delete one first.`,
    "too-long": t`There is no room for it: delete a view, or search for less.`,
  };
  const other = namesake(views, name);
  return (
    <Form submission={submission}>
      <Field
        label={t`Name`}
        hint={other && other.id !== view?.id && t`It takes the place of the view of this name.`}
        error={(tried && fault && faults[fault]) || (error?.fieldErrors.custom && faults["too-long"])}
      >
        {(control) => (
          <Input
            {...control}
            value={name}
            onChange={(event) => setName(event.target.value)}
            maxLength={LONGEST_NAME}
            autoComplete="off"
            autoFocus
          />
        )}
      </Field>
      <CheckLine htmlFor={boxId}>
        <Checkbox id={boxId} checked={isDefault} onChange={({ target }) => setDefault(target.checked)} />
        <Trans>The list begins with it</Trans>
      </CheckLine>
      <FormFoot submission={submission} fields={["custom"]} action={t`Save`} onCancel={onClose} />
    </Form>
  );
}

/** Unlike any other of one's own few; short, for there is little room. */
const newId = () => (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0).toString(36);
