import type { I18n, MessageDescriptor } from "@lingui/core";
import { msg } from "@lingui/core/macro";

/** The text of a form's field; empty when the form has no such field. */
export function formText(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === "string" ? value : "";
}

/** The fields of the forms before the sign-in, as the server names them. */
export type EntryField = "email" | "password" | "display_name" | "code";

const SUBJECTS: Record<EntryField, MessageDescriptor> = {
  email: msg`The address`,
  password: msg`The password`,
  display_name: msg`The name`,
  code: msg`The code`,
};

/** What the server says of a field most often, by its own words; they have no other name. */
const KNOWN: Record<string, MessageDescriptor> = {
  "code is wrong, too old, or was used": msg`The code is wrong, too old, or was used.`,
  "code must not be empty": msg`Enter the code.`,
  "password is not the password of the account": msg`This is not your password.`,
  "password must be another one than before": msg`The password must be another one than before.`,
  "email must be an e-mail address such as ada@example.com": msg`The address must be an e-mail address such as ada@example.com.`,
  "email is not the address that the earlier try was made with": msg`The address is not the one that the earlier try was made with.`,
  "email is the address of now": msg`This is the address of now.`,
  "email has an account": msg`The address has an account.`,
  "password must not be empty": msg`The password must not be empty.`,
  "password must not be the e-mail address or the name": msg`The password must not be the e-mail address or the name.`,
  "password is one that many people use; choose another": msg`The password is one that many people use; choose another.`,
  "password is known from a leak; choose another": msg`The password is known from a leak; choose another.`,
  "password must not have control characters, line ends or unassigned characters": msg`The password must not have control characters, line ends or unassigned characters.`,
  "display_name must not be blank": msg`The name must not be blank.`,
  "display_name must not have control or hidden characters": msg`The name must not have control or hidden characters.`,
};

/** What is wrong with a field, as a sentence: the server says "is one that many people use; choose another" of a password. */
export function fieldSentence(i18n: I18n, field: EntryField, message: string | undefined): string | undefined {
  if (!message) return undefined;
  const known = KNOWN[`${field} ${message}`];
  if (known) return i18n._(known);
  const subject = i18n._(SUBJECTS[field]);
  const sentence = /^[A-Z]/.test(message) ? message : i18n._(msg`${subject} ${message}`);
  return /[.!?]$/.test(sentence) ? sentence : `${sentence}.`;
}

/** What is wrong with an address before it is sent; the server knows the rest. */
export function addressFault(address: string): MessageDescriptor | undefined {
  if (address === "") return msg`Enter your e-mail address.`;
  return /^[^\s@]+@[^\s@]+$/.test(address) ? undefined : msg`This is no e-mail address such as ada@example.org.`;
}
