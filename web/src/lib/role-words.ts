import type { MessageDescriptor } from "@lingui/core";
import { msg } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import type { Role } from "@/api/schema";

/** A text that every platform begins with, and how it reads in each language. */
interface SeededText {
  /** As the platform is given it. What an administrator has typed in its place is not this, and stays as typed. */
  seeded: string;
  words: MessageDescriptor;
}

/** The roles of every platform, by the names that programs know them by (`SYSTEM_ROLES` of the users service). */
export const SYSTEM_ROLES: Record<string, { name: SeededText; about: SeededText }> = {
  guest: {
    name: { seeded: "Guest", words: msg({ context: "role", message: "Guest" }) },
    about: {
      seeded: "Somebody whose e-mail address is not verified yet.",
      words: msg`Somebody whose e-mail address is not verified yet.`,
    },
  },
  user: {
    name: { seeded: "User", words: msg({ context: "role", message: "User" }) },
    about: {
      seeded: "Somebody with a verified e-mail address.",
      words: msg`Somebody with a verified e-mail address.`,
    },
  },
  editor: {
    name: { seeded: "Editor", words: msg({ context: "role", message: "Editor" }) },
    about: { seeded: "Writes what is sent to people.", words: msg`Writes what is sent to people.` },
  },
  moderator: {
    name: { seeded: "Moderator", words: msg({ context: "role", message: "Moderator" }) },
    about: { seeded: "Looks after users and their sessions.", words: msg`Looks after users and their sessions.` },
  },
  admin: {
    name: { seeded: "Administrator", words: msg({ context: "role", message: "Administrator" }) },
    about: {
      seeded: "Runs the platform from day to day, without changing its settings or what roles mean.",
      words: msg`Runs the platform from day to day, without changing its settings or what roles mean.`,
    },
  },
  super_admin: {
    name: { seeded: "Super administrator", words: msg({ context: "role", message: "Super administrator" }) },
    about: {
      seeded: "May do everything. Somebody always holds this role.",
      words: msg`May do everything. Somebody always holds this role.`,
    },
  },
  organisation_member: {
    name: { seeded: "Organisation member", words: msg({ context: "role", message: "Organisation member" }) },
    about: { seeded: "Belongs to an organisation.", words: msg`Belongs to an organisation.` },
  },
  organisation_admin: {
    name: {
      seeded: "Organisation administrator",
      words: msg({ context: "role", message: "Organisation administrator" }),
    },
    about: {
      seeded: "Looks after an organisation and its members.",
      words: msg`Looks after an organisation and its members.`,
    },
  },
  organisation_owner: {
    name: { seeded: "Organisation owner", words: msg({ context: "role", message: "Organisation owner" }) },
    about: {
      seeded: "Owns an organisation. Somebody always does.",
      words: msg`Owns an organisation. Somebody always does.`,
    },
  },
};

/** What is known of a role to show it. */
type Shown = Pick<Role, "name"> & Partial<Pick<Role, "display_name" | "description">>;

interface RoleWords {
  /** What a role is called. One of every platform is called so in the reader's language, unless somebody has called it otherwise. */
  nameOf: (role: Shown) => string;
  /** What it is for; nothing where nobody has said it. */
  aboutOf: (role: Shown) => string | undefined;
}

/** The words for roles, in the reader's language as far as the platform itself has brought them. */
export function useRoleWords(): RoleWords {
  const { t } = useLingui();
  const told = (seeded: SeededText | undefined, text: string | null | undefined) =>
    seeded && (text === undefined || text === seeded.seeded) ? t(seeded.words) : (text ?? undefined);
  return {
    nameOf: ({ name, display_name }) => told(ownOf(name)?.name, display_name) ?? name,
    aboutOf: ({ name, description }) => told(ownOf(name)?.about, description),
  };
}

const ownOf = (name: string) => (Object.hasOwn(SYSTEM_ROLES, name) ? SYSTEM_ROLES[name] : undefined);
