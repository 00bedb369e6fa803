import { Trans, useLingui } from "@lingui/react/macro";
import { useQueryClient } from "@tanstack/react-query";
import type { Organisation } from "@/api/schema";
import { changeOf } from "@/components/form/change-of";
import { DialogForm, FormDialog } from "@/components/form/dialog-form";
import { useEdit } from "@/components/form/use-edit";
import { organisationQuery } from "@/features/directory/queries";
import { ORGANISATIONS } from "@/lib/query-keys";
import {
  ORGANISATION_FIELDS,
  OrganisationFields,
  type TypedOrganisation,
  useOrganisationLabels,
} from "./organisation-fields";
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

const textsOf = ({ name, slug, description }: Organisation): TypedOrganisation => ({
  name,
  slug,
  description: description ?? "",
});

function EditForm({ organisation, onClose }: Omit<EditOrganisationProps, "open">) {
  const { t } = useLingui();
  const queryClient = useQueryClient();
  const labels = useOrganisationLabels();
  const look = () => queryClient.fetchQuery({ ...organisationQuery(organisation.id), staleTime: 0 });
  const edit = useEdit(organisation, textsOf, look);
  const { before, typed } = edit;
  const send = async () => {
    const slug = typed.slug.trim();
    const change = { ...changeOf(before, typed), ...(slug !== before.slug && { slug }) };
    if (Object.keys(change).length === 0) return;
    await changeOrganisation(before, change);
    return { told: t`The organisation is changed` };
  };
  return (
    <DialogForm
      action={t`Save`}
      fields={ORGANISATION_FIELDS}
      keys={[ORGANISATIONS]}
      isWhole={typed.name.trim() !== ""}
      send={send}
      onClose={onClose}
      edited={{ edit, labels }}
    >
      {(state) => <OrganisationFields typed={typed} onChange={edit.setTyped} {...state} />}
    </DialogForm>
  );
}
