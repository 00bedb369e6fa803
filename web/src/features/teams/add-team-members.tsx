import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import type { Team } from "@/api/schema";
import { DialogForm, FormDialog } from "@/components/form/dialog-form";
import { ChooseMembers } from "@/features/directory/choose-members";
import { ORGANISATIONS } from "@/lib/query-keys";
import { addTeamMember } from "./queries";

interface AddTeamMembersProps {
  team: Team;
  /** Who is in it already, as far as it is known. */
  present: ReadonlySet<string>;
  open: boolean;
  onClose: () => void;
}

/** Puts members of the organisation into a team. */
export function AddTeamMembersDialog({ team, present, open, onClose }: AddTeamMembersProps) {
  const { t } = useLingui();
  const { name } = team;
  return (
    <FormDialog
      open={open}
      onClose={onClose}
      title={t`Put members into ${name}`}
      description={<Trans>Those who belong to the organisation can be in its teams.</Trans>}
    >
      <AddForm team={team} present={present} onClose={onClose} />
    </FormDialog>
  );
}

function AddForm({ team, present, onClose }: Omit<AddTeamMembersProps, "open">) {
  const { t } = useLingui();
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const send = async () => {
    for (const user of chosen) {
      await addTeamMember(team, user);
      // What is done is not done once more, where a later one is refused.
      setChosen((left) => left.filter((other) => other !== user));
    }
    return { told: t`They are in the team` };
  };
  return (
    <DialogForm
      keys={[ORGANISATIONS]}
      action={t`Add`}
      fields={[]}
      isWhole={chosen.length > 0}
      send={send}
      onClose={onClose}
    >
      {({ checked }) => (
        <ChooseMembers
          organisation={team.organisation_id}
          isOffered={(member) => !present.has(member.user_id)}
          none={t`Everybody who belongs to the organisation is in it.`}
          chosen={chosen}
          onChange={setChosen}
          isMissing={checked && chosen.length === 0}
        />
      )}
    </DialogForm>
  );
}
