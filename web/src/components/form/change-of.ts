interface Described {
  name: string;
  description: string | null;
}

/** What was changed of what something is called and what it is; a description that was emptied is cleared. */
export function changeOf(before: Described, typed: { name: string; description: string }): Partial<Described> {
  const name = typed.name.trim();
  const description = typed.description.trim() || null;
  return {
    ...(name !== before.name && { name }),
    ...(description !== before.description && { description }),
  };
}
