import { Trans, useLingui } from "@lingui/react/macro";
import { useQueryClient } from "@tanstack/react-query";
import type { User } from "@/api/schema";
import { DialogForm, FormDialog } from "@/components/form/dialog-form";
import { useEdit } from "@/components/form/use-edit";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { userQuery } from "@/features/directory/queries";
import { userName } from "@/features/directory/user-texts";
import { USERS } from "@/lib/query-keys";
import { changeOf, FIELDS, type FieldName, LONGEST, textsOf } from "./profile-form";
import { changeProfile } from "./queries";

interface EditUserProps {
  user: User;
  open: boolean;
  onClose: () => void;
}

/** Changes what stands in a user's profile. */
export function EditUser({ user, open, onClose }: EditUserProps) {
  const { t } = useLingui();
  const name = userName(user);
  return (
    <FormDialog
      open={open}
      onClose={onClose}
      title={t`The profile of ${name}`}
      description={<Trans>What is left empty is cleared. The audit log keeps what stood there before.</Trans>}
    >
      <ProfileForm user={user} onClose={onClose} />
    </FormDialog>
  );
}

/** Those of several lines. */
const isLong = (name: FieldName) => name === "bio" || name === "social_links" || name === "metadata";
const LINES =
  "w-full rounded-md border bg-card px-3 py-2 text-sm outline-offset-2 focus-visible:outline-2 focus-visible:outline-ring aria-invalid:border-danger";

function ProfileForm({ user, onClose }: Omit<EditUserProps, "open">) {
  const { t } = useLingui();
  const queryClient = useQueryClient();
  const look = () => queryClient.fetchQuery({ ...userQuery(user.id), staleTime: 0 });
  const edit = useEdit(user, textsOf, look);
  const { before, typed, setTyped } = edit;
  const labels: Record<FieldName, string> = {
    username: t`Username`,
    display_name: t`Name to show`,
    first_name: t`First name`,
    last_name: t`Last name`,
    bio: t`About`,
    phone: t`Phone`,
    location: t`Location`,
    website: t`Website`,
    social_links: t`Elsewhere`,
    tags: t`Tags`,
    metadata: t`Metadata`,
    locale: t`Language`,
    timezone: t`Time zone`,
  };
  const nameFault = t`On one line, without letters that cannot be seen.`;
  const faults: Record<FieldName, string> = {
    username: t`2 to 32 letters a to z, digits and single . _ or - between them; nobody else has it.`,
    display_name: nameFault,
    first_name: nameFault,
    last_name: nameFault,
    bio: t`At most 2,000 letters.`,
    phone: t`This is no telephone number with its country.`,
    location: nameFault,
    website: t`This is no address that begins with https://.`,
    social_links: t`One place and one address that begins with https:// a line, 20 at most.`,
    tags: t`20 at most, of 50 letters each.`,
    metadata: t`This is no JSON object of at most 8 KiB.`,
    locale: t`This is no language tag.`,
    timezone: t`There is no such time zone.`,
  };
  const hints: Partial<Record<FieldName, string>> = {
    phone: t`Such as +442079460018`,
    social_links: t`A line each, such as github https://github.com/ada`,
    tags: t`Parted by commas; the person does not see them`,
    metadata: t`A JSON object; the person does not see it`,
    locale: t`Such as en or pt-BR`,
    timezone: t`Such as Europe/Berlin`,
  };
  // None where the metadata cannot be sent.
  const change = changeOf(before, typed);
  const send = async () => {
    if (!change || Object.keys(change).length === 0) return;
    await changeProfile(before.id, before.version, change);
    return { told: t`The profile is changed` };
  };
  return (
    <DialogForm
      wide
      action={t`Save`}
      fields={FIELDS}
      keys={[USERS]}
      isWhole={change !== undefined}
      send={send}
      onClose={onClose}
      edited={{ edit, labels }}
    >
      {({ error, checked }) =>
        FIELDS.map((name) => (
          <Field
            key={name}
            label={labels[name]}
            hint={hints[name]}
            error={(error?.fieldErrors[name] || (checked && !change && name === "metadata")) && faults[name]}
            {...(isLong(name) && { className: "sm:col-span-2" })}
          >
            {(control) =>
              isLong(name) ? (
                <textarea
                  {...control}
                  rows={3}
                  maxLength={LONGEST[name]}
                  value={typed[name]}
                  onChange={(event) => setTyped({ ...typed, [name]: event.target.value })}
                  className={LINES}
                />
              ) : (
                <Input
                  {...control}
                  maxLength={LONGEST[name]}
                  value={typed[name]}
                  onChange={(event) => setTyped({ ...typed, [name]: event.target.value })}
                  autoFocus={name === FIELDS[0]}
                />
              )
            }
          </Field>
        ))
      }
    </DialogForm>
  );
}
