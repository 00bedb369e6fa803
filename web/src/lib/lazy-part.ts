import { type ComponentType, createElement, type ReactNode, use } from "react";
import { ApiError, missingPart } from "@/api/problem";

/** A component whose code comes when it is first shown, or before by `fetchParts`. */
export type LazyPart<Props> = ((props: Props) => ReactNode) & { preload: () => Promise<void> };

const parts = new Set<() => Promise<void>>();

/**
 * Makes a component of code that is loaded later. One whose code could not be loaded throws, and is tried again by
 * `preload` or `fetchParts`; React's own `lazy` would remember the failure for ever, and the router's would reload the page,
 * which without a server ends on the browser's error page.
 */
export function lazyPart<Props extends object>(load: () => Promise<ComponentType<Props>>): LazyPart<Props> {
  let part: ComponentType<Props> | undefined;
  let failure: ApiError | undefined;
  let pending: Promise<void> | undefined;
  const preload = (): Promise<void> => {
    if (part) return Promise.resolve();
    if (pending) return pending;
    failure = undefined;
    pending = load()
      .then(
        (loaded) => {
          part = loaded;
        },
        () => {
          failure = new ApiError(missingPart());
        },
      )
      .then(() => {
        pending = undefined;
      });
    return pending;
  };
  parts.add(preload);
  const Part = (props: Props) => {
    if (!part && failure) throw failure;
    if (!part) use(preload());
    return part ? createElement(part, props) : null;
  };
  return Object.assign(Part, { preload });
}

/** Loads all parts that are not there yet, also those that failed before. */
export async function fetchParts(): Promise<void> {
  await Promise.all([...parts].map((preload) => preload()));
}

/** Whether an error says that code could not be loaded. */
export const isMissingPart = (error: unknown): boolean => error instanceof ApiError && error.kind === "missing-part";
