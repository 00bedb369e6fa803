import { Trans, useLingui } from "@lingui/react/macro";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import type { ApiError } from "@/api/problem";
import type { Organisation, Team } from "@/api/schema";
import { changeOf } from "@/components/form/change-of";
import { DialogForm, FormDialog } from "@/components/form/dialog-form";
import { LineField } from "@/components/form/line-field";
import { useEdit } from "@/components/form/use-edit";
import { teamQuery } from "@/features/directory/queries";
import { ORGANISATIONS } from "@/lib/query-keys";
import { changeTeam, createTeam } from "./queries";

/** The fields that say themselves what is wrong with them. */
const TEAM_FIELDS = ["name", "description"] as const;

interface TypedTeam {
  name: string;
  description: string;
}

interface TeamFieldsProps {
  typed: TypedTeam;
  onChange: (typed: TypedTeam) => void;
  error: ApiError | null;
  /** Whether it was tried to be sent, so that a missing name is told. */
  checked: boolean;
}

function useTeamLabels(): Record<keyof TypedTeam, string> {
  const { t } = useLingui();
  return { name: t`Name`, description: t`What it does` };
}

/** What a team is called, and what it does. */
function TeamFields({ typed, onChange, error, checked }: TeamFieldsProps) {
  const { t } = useLingui();
  const labels = useTeamLabels();
  const isTaken = error?.problem.status === 409;
  const text = (name: keyof TypedTeam) => ({
    label: labels[name],
    name,
    value: typed[name],
    onChange: (value: string) => onChange({ ...typed, [name]: value }),
    error,
  });
  return (
    <>
      <LineField
        {...text("name")}
        fault={isTaken ? t`Another team of the organisation is called so.` : undefined}
        isMissing={checked && typed.name.trim() === ""}
        maxLength={200}
        autoComplete="off"
        autoFocus
      />
      <LineField {...text("description")} maxLength={1000} />
    </>
  );
}

interface CreateTeamProps {
  organisation: Organisation;
  open: boolean;
  onClose: () => void;
}

/** Makes a team; who is in it is chosen on its page. */
export function CreateTeamDialog({ organisation, open, onClose }: CreateTeamProps) {
  const { t } = useLingui();
  const { name } = organisation;
  return (
    <FormDialog
      open={open}
      onClose={onClose}
      title={t`A new team of ${name}`}
      description={<Trans>Who is in it is chosen on its page, of those who belong to the organisation.</Trans>}
    >
      <CreateForm organisation={organisation} onClose={onClose} />
    </FormDialog>
  );
}

function CreateForm({ organisation, onClose }: Omit<CreateTeamProps, "open">) {
  const { t } = useLingui();
  const navigate = useNavigate();
  const [typed, setTyped] = useState<TypedTeam>({ name: "", description: "" });
  const [name, description] = [typed.name.trim(), typed.description.trim()];
  const send = async () => {
    const made = await createTeam(organisation.id, { name, ...(description && { description }) });
    const params = { organisationId: organisation.id, teamId: made.id };
    return {
      told: t`The team is made`,
      follow: () => void navigate({ to: "/organisations/$organisationId/teams/$teamId", params }),
    };
  };
  return (
    <DialogForm
      keys={[ORGANISATIONS]}
      action={t`Make the team`}
      fields={TEAM_FIELDS}
      isWhole={name !== ""}
      send={send}
      onClose={onClose}
    >
      {(state) => <TeamFields typed={typed} onChange={setTyped} {...state} />}
    </DialogForm>
  );
}

interface EditTeamProps {
  team: Team;
  open: boolean;
  onClose: () => void;
}

/** Changes what a team is called, and what it does. */
export function EditTeamDialog({ team, open, onClose }: EditTeamProps) {
  const { t } = useLingui();
  const { name } = team;
  return (
    <FormDialog
      open={open}
      onClose={onClose}
      title={t`The team ${name}`}
      description={<Trans>Who is in it stays. The audit log keeps what stood there before.</Trans>}
    >
      <EditForm team={team} onClose={onClose} />
    </FormDialog>
  );
}

const textsOf = ({ name, description }: Team): TypedTeam => ({ name, description: description ?? "" });

function EditForm({ team, onClose }: Omit<EditTeamProps, "open">) {
  const { t } = useLingui();
  const queryClient = useQueryClient();
  const labels = useTeamLabels();
  const look = () => queryClient.fetchQuery({ ...teamQuery(team.organisation_id, team.id), staleTime: 0 });
  const edit = useEdit(team, textsOf, look);
  const { before, typed } = edit;
  const send = async () => {
    const change = changeOf(before, typed);
    if (Object.keys(change).length === 0) return;
    await changeTeam(before, change);
    return { told: t`The team is changed` };
  };
  return (
    <DialogForm
      action={t`Save`}
      fields={TEAM_FIELDS}
      keys={[ORGANISATIONS]}
      isWhole={typed.name.trim() !== ""}
      send={send}
      onClose={onClose}
      edited={{ edit, labels }}
    >
      {(state) => <TeamFields typed={typed} onChange={edit.setTyped} {...state} />}
    </DialogForm>
  );
}
