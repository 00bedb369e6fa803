import { Trans, useLingui } from "@lingui/react/macro";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { DialogForm, FormDialog } from "@/components/form/dialog-form";
import { ORGANISATIONS } from "@/lib/query-keys";
import { ORGANISATION_FIELDS, OrganisationFields } from "./organisation-fields";
import { createOrganisation } from "./queries";

interface CreateOrganisationProps {
  open: boolean;
  onClose: () => void;
}

/** Makes an organisation; who belongs to it is chosen on its page. */
export function CreateOrganisationDialog({ open, onClose }: CreateOrganisationProps) {
  const { t } = useLingui();
  return (
    <FormDialog
      open={open}
      onClose={onClose}
      title={t`A new organisation`}
      description={<Trans>You are its owner, and can hand it over. Members are invited on its page.</Trans>}
    >
      <CreateForm onClose={onClose} />
    </FormDialog>
  );
}

function CreateForm({ onClose }: { onClose: () => void }) {
  const { t } = useLingui();
  const navigate = useNavigate();
  const [typed, setTyped] = useState({ name: "", slug: "", description: "" });
  const [name, slug, description] = [typed.name.trim(), typed.slug.trim(), typed.description.trim()];
  const send = async () => {
    const { id } = await createOrganisation({ name, ...(slug && { slug }), ...(description && { description }) });
    return {
      told: t`The organisation is made`,
      follow: () => void navigate({ to: "/organisations/$organisationId", params: { organisationId: id } }),
    };
  };
  return (
    <DialogForm
      keys={[ORGANISATIONS]}
      action={t`Make the organisation`}
      fields={ORGANISATION_FIELDS}
      isWhole={name !== ""}
      send={send}
      onClose={onClose}
    >
      {(state) => <OrganisationFields typed={typed} onChange={setTyped} {...state} isNew />}
    </DialogForm>
  );
}
