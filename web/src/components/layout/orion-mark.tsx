import type { ComponentProps } from "react";

/** ORION's mark: the three stars of the belt, rising. */
export function OrionMark(props: ComponentProps<"svg">) {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true" {...props}>
      <rect width="32" height="32" rx="8" fill="#14172b" />
      <path d="M7.5 22.5 24.5 9.5" stroke="#5b63c7" strokeWidth="1.25" strokeLinecap="round" />
      <path d="M24 5.2c.5 3 1.5 4 4.5 4.5-3 .5-4 1.5-4.5 4.5-.5-3-1.5-4-4.5-4.5 3-.5 4-1.5 4.5-4.5Z" fill="#fff" />
      <path
        d="M16 12.3c.4 2.4 1.3 3.3 3.7 3.7-2.4.4-3.3 1.3-3.7 3.7-.4-2.4-1.3-3.3-3.7-3.7 2.4-.4 3.3-1.3 3.7-3.7Z"
        fill="#c9ceff"
      />
      <path d="M8 19c.3 2 1 2.7 3 3-2 .3-2.7 1-3 3-.3-2-1-2.7-3-3 2-.3 2.7-1 3-3Z" fill="#8b93f5" />
    </svg>
  );
}
