import { Trans, useLingui } from "@lingui/react/macro";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { type ApiError, asApiError } from "@/api/problem";
import type { Organisation, UpdateOrganisation } from "@/api/schema";
import { ProblemNotice } from "@/components/state/problem-notice";
import { Button } from "@/components/ui/button";
import { Dialog, DialogContent, DialogDescription, DialogTitle } from "@/components/ui/dialog";
import { notify } from "@/lib/notify";
import { ORGANISATION_FIELDS, OrganisationFields, type TypedOrganisation } from "./organisation-fields";
import { changeOrganisation, ORGANISATIONS } from "./queries";

interface EditOrganisationProps {
  organisation: Organisation;
  open: boolean;
  onClose: () => void;
}

/** Changes what an organisation is called, and what it is. */
export function EditOrganisationDialog({ organisation, open, onClose }: EditOrganisationProps) {
  const { t } = useLingui();
  const { name } = organisation;
  return (
    <Dialog open={open} onOpenChange={(next) => !next && onClose()}>
      <DialogContent>
        <DialogTitle>{t`The organisation ${name}`}</DialogTitle>
        <DialogDescription>
          <Trans>Its members stay what they are. The audit log keeps what stood there before.</Trans>
        </DialogDescription>
        {open && <EditForm organisation={organisation} onClose={onClose} />}
      </DialogContent>
    </Dialog>
  );
}

/** What was changed of an organisation; a description that was emptied is cleared. */
export function changeOf(organisation: Organisation, typed: TypedOrganisation): UpdateOrganisation {
  const change: UpdateOrganisation = {};
  if (typed.name.trim() !== organisation.name) change.name = typed.name.trim();
  if (typed.slug.trim() !== organisation.slug) change.slug = typed.slug.trim();
  const description = typed.description.trim() || null;
  if (description !== organisation.description) change.description = description;
  return change;
}

function EditForm({ organisation, onClose }: Omit<EditOrganisationProps, "open">) {
  const { t } = useLingui();
  const queryClient = useQueryClient();
  // As the form was opened: what comes in meanwhile is not overwritten unseen.
  const [before] = useState(organisation);
  const { name, slug, description } = before;
  const [typed, setTyped] = useState<TypedOrganisation>({ name, slug, description: description ?? "" });
  const [checked, setChecked] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    setChecked(true);
    if (busy || typed.name.trim() === "") return;
    const change = changeOf(before, typed);
    if (Object.keys(change).length === 0) return onClose();
    setBusy(true);
    setError(null);
    try {
      await changeOrganisation(before, change);
      notify({ type: "success", title: t`The organisation is changed` });
      await queryClient.invalidateQueries({ queryKey: ORGANISATIONS });
      onClose();
    } catch (thrown) {
      const problem = asApiError(thrown);
      setError(problem);
      setBusy(false);
      // The page behind shows what it was changed to; opened again, so does the form.
      if (problem.problem.status === 412) await queryClient.invalidateQueries({ queryKey: ORGANISATIONS });
    }
  };
  return (
    <form onSubmit={submit} noValidate className="mt-4 grid grid-cols-[minmax(0,1fr)]">
      <OrganisationFields typed={typed} onChange={setTyped} error={error} checked={checked} />
      <ProblemNotice error={error} fields={ORGANISATION_FIELDS} />
      <div className="mt-2 flex flex-wrap-reverse justify-end gap-2">
        <Button onClick={onClose}>{t`Cancel`}</Button>
        <Button type="submit" variant="primary" busy={busy}>{t`Save`}</Button>
      </div>
    </form>
  );
}
