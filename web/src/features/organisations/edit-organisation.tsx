import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import type { Organisation, UpdateOrganisation } from "@/api/schema";
import { DialogForm, FormDialog } from "./form-dialog";
import { ORGANISATION_FIELDS, OrganisationFields, type TypedOrganisation } from "./organisation-fields";
import { changeOrganisation } from "./queries";

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
    <FormDialog
      open={open}
      onClose={onClose}
      title={t`The organisation ${name}`}
      description={<Trans>Its members stay what they are. The audit log keeps what stood there before.</Trans>}
    >
      <EditForm organisation={organisation} onClose={onClose} />
    </FormDialog>
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
  // As the form was opened: what comes in meanwhile is not overwritten unseen.
  const [before] = useState(organisation);
  const { name, slug, description } = before;
  const [typed, setTyped] = useState<TypedOrganisation>({ name, slug, description: description ?? "" });
  const send = async () => {
    const change = changeOf(before, typed);
    if (Object.keys(change).length === 0) return;
    await changeOrganisation(before, change);
    return { told: t`The organisation is changed` };
  };
  return (
    <DialogForm
      action={t`Save`}
      fields={ORGANISATION_FIELDS}
      isWhole={typed.name.trim() !== ""}
      send={send}
      onClose={onClose}
    >
      {(state) => <OrganisationFields typed={typed} onChange={setTyped} {...state} />}
    </DialogForm>
  );
}
