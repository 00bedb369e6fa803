import { Trans, useLingui } from "@lingui/react/macro";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { type ApiError, asApiError } from "@/api/problem";
import { ProblemNotice } from "@/components/state/problem-notice";
import { Button } from "@/components/ui/button";
import { Dialog, DialogContent, DialogDescription, DialogTitle } from "@/components/ui/dialog";
import { notify } from "@/lib/notify";
import { ORGANISATION_FIELDS, OrganisationFields } from "./organisation-fields";
import { createOrganisation, ORGANISATIONS } from "./queries";

interface CreateOrganisationProps {
  open: boolean;
  onClose: () => void;
}

/** Makes an organisation; who belongs to it is chosen on its page. */
export function CreateOrganisationDialog({ open, onClose }: CreateOrganisationProps) {
  return (
    <Dialog open={open} onOpenChange={(next) => !next && onClose()}>
      <DialogContent>
        <DialogTitle>
          <Trans>A new organisation</Trans>
        </DialogTitle>
        <DialogDescription>
          <Trans>You are its owner, and can hand it over. Members are invited on its page.</Trans>
        </DialogDescription>
        {open && <CreateForm onClose={onClose} />}
      </DialogContent>
    </Dialog>
  );
}

function CreateForm({ onClose }: { onClose: () => void }) {
  const { t } = useLingui();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const [typed, setTyped] = useState({ name: "", slug: "", description: "" });
  const [checked, setChecked] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    setChecked(true);
    const [name, slug, description] = [typed.name.trim(), typed.slug.trim(), typed.description.trim()];
    if (busy || name === "") return;
    setBusy(true);
    setError(null);
    try {
      const made = await createOrganisation({ name, ...(slug && { slug }), ...(description && { description }) });
      notify({ type: "success", title: t`The organisation is made` });
      await queryClient.invalidateQueries({ queryKey: ORGANISATIONS });
      onClose();
      void navigate({ to: "/organisations/$organisationId", params: { organisationId: made.id } });
    } catch (thrown) {
      setError(asApiError(thrown));
      setBusy(false);
    }
  };
  return (
    <form onSubmit={submit} noValidate className="mt-4 grid grid-cols-[minmax(0,1fr)]">
      <OrganisationFields typed={typed} onChange={setTyped} error={error} checked={checked} isNew />
      <ProblemNotice error={error} fields={ORGANISATION_FIELDS} />
      <div className="mt-2 flex flex-wrap-reverse justify-end gap-2">
        <Button onClick={onClose}>{t`Cancel`}</Button>
        <Button type="submit" variant="primary" busy={busy}>{t`Make the organisation`}</Button>
      </div>
    </form>
  );
}
