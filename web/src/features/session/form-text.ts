/** The text of a form's field; empty when the form has no such field. */
export function formText(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === "string" ? value : "";
}

/**
 * What is wrong with a field, as a sentence: the server says "is one that many people use; choose another" of a password.
 *
 * @param subject what the sentence speaks of, such as "The password"
 */
export function fieldSentence(subject: string, message: string | undefined): string | undefined {
  if (!message) return undefined;
  const sentence = /^[A-Z]/.test(message) ? message : `${subject} ${message}`;
  return /[.!?]$/.test(sentence) ? sentence : `${sentence}.`;
}

/** What is wrong with an address before it is sent; the server knows the rest. */
export function addressFault(address: string): string | undefined {
  if (address === "") return "Enter your e-mail address.";
  return /^[^\s@]+@[^\s@]+$/.test(address) ? undefined : "This is no e-mail address such as ada@example.org.";
}
