import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { afterEach, expect, it, vi } from "vitest";
import { contact } from "./contact";
import { refetchOnReturn } from "./contact-return";

const queryClient = new QueryClient();
let stop = () => {};
afterEach(() => {
  stop();
  queryClient.clear();
  contact.heard();
});

/** A query that a page shows. */
function show(name: string, queryFn: () => Promise<unknown>, options: { retry?: number; staleTime?: number } = {}) {
  const observer = new QueryObserver(queryClient, { queryKey: [name], queryFn, retry: false, ...options });
  observer.subscribe(() => undefined);
  return () => queryClient.getQueryState([name]);
}

it("asks again for what failed, waits for another try, hangs or is old, and for nothing else", async () => {
  stop = refetchOnReturn(queryClient);
  let isThere = false;
  const answer = async () => {
    if (!isThere) throw new Error("away");
    return "here";
  };
  const failed = show("failed", answer);
  const waits = show("waits for another try", answer, { retry: 5 });
  const hangs = show("hangs", () => (isThere ? Promise.resolve("here") : new Promise(() => undefined)));
  const old = vi.fn(async () => "old");
  show("old", old);
  const fresh = vi.fn(async () => "fresh");
  show("fresh", fresh, { staleTime: Number.POSITIVE_INFINITY });
  await vi.waitFor(() => expect(failed()?.status).toBe("error"));
  await vi.waitFor(() => expect(fresh).toHaveBeenCalledOnce());

  contact.missed();
  isThere = true;
  contact.heard();
  // Sooner than the next try, which comes after a second.
  await vi.waitFor(
    () => expect([failed(), waits(), hangs()].map((state) => state?.data)).toEqual(Array(3).fill("here")),
    500,
  );
  expect(old).toHaveBeenCalledTimes(2);
  expect(fresh).toHaveBeenCalledOnce();
});

it("asks for nothing while the server was never lost", async () => {
  stop = refetchOnReturn(queryClient);
  const ask = vi.fn(async () => "here");
  show("anything", ask);
  await vi.waitFor(() => expect(ask).toHaveBeenCalledOnce());
  contact.heard();
  await Promise.resolve();
  expect(ask).toHaveBeenCalledOnce();
});
