import { Trans, useLingui } from "@lingui/react/macro";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import type { ApiError } from "@/api/problem";
import type { Organisation, Team, UpdateTeam } from "@/api/schema";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { DialogForm, FormDialog } from "@/features/organisations/form-dialog";
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

/** What a team is called, and what it does. */
function TeamFields({ typed, onChange, error, checked }: TeamFieldsProps) {
  const { t } = useLingui();
  const faults = error?.fieldErrors ?? {};
  const nameFault =
    faults.name && error?.problem.status === 409
      ? t`Another team of the organisation is called so.`
      : ((checked && typed.name.trim() === "") || faults.name) && t`On one line, without letters that cannot be seen.`;
  return (
    <>
      <Field label={t`Name`} error={nameFault}>
        {(control) => (
          <Input
            {...control}
            value={typed.name}
            onChange={(event) => onChange({ ...typed, name: event.target.value })}
            maxLength={200}
            autoComplete="off"
            autoFocus
          />
        )}
      </Field>
      <Field label={t`What it does`} error={faults.description && t`On one line, without letters that cannot be seen.`}>
        {(control) => (
          <Input
            {...control}
            value={typed.description}
            onChange={(event) => onChange({ ...typed, description: event.target.value })}
            maxLength={1000}
          />
        )}
      </Field>
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
    <DialogForm action={t`Make the team`} fields={TEAM_FIELDS} isWhole={name !== ""} send={send} onClose={onClose}>
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

/** What was changed of a team; a description that was emptied is cleared. */
function changeOf(team: Team, typed: TypedTeam): UpdateTeam {
  const change: UpdateTeam = {};
  if (typed.name.trim() !== team.name) change.name = typed.name.trim();
  const description = typed.description.trim() || null;
  if (description !== team.description) change.description = description;
  return change;
}

function EditForm({ team, onClose }: Omit<EditTeamProps, "open">) {
  const { t } = useLingui();
  // As the form was opened: what comes in meanwhile is not overwritten unseen.
  const [before] = useState(team);
  const [typed, setTyped] = useState<TypedTeam>({ name: before.name, description: before.description ?? "" });
  const send = async () => {
    const change = changeOf(before, typed);
    if (Object.keys(change).length === 0) return;
    await changeTeam(before, change);
    return { told: t`The team is changed` };
  };
  return (
    <DialogForm action={t`Save`} fields={TEAM_FIELDS} isWhole={typed.name.trim() !== ""} send={send} onClose={onClose}>
      {(state) => <TeamFields typed={typed} onChange={setTyped} {...state} />}
    </DialogForm>
  );
}
