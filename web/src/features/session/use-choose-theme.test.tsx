import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, cleanup, renderHook, waitFor } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { currentTheme } from "@/lib/theme";
import { sessionQuery } from "./queries";
import { useChooseTheme, useFollowTheme } from "./use-choose-theme";

afterEach(() => {
  cleanup();
  localStorage.clear();
  vi.unstubAllGlobals();
});

/** Both hooks, for somebody who is signed in or nobody, whose preferences hold this. */
function begin(isSignedIn: boolean, display: Record<string, unknown>) {
  window.matchMedia = () => ({ matches: false }) as MediaQueryList;
  const asked: { method: string; body: string }[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    const body = await request.text();
    asked.push({ method: request.method, body });
    const changed = request.method === "PATCH" ? JSON.parse(body).display : {};
    return Response.json({ display: { ...display, ...changed } });
  });
  const queryClient = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const session = isSignedIn ? { user_id: "7", email: "ada@example.org", roles: [], permissions: [] } : null;
  queryClient.setQueryData(sessionQuery.queryKey, session as never);
  const wrapper = ({ children }: { children: ReactNode }) => (
    <QueryClientProvider client={queryClient}>{children}</QueryClientProvider>
  );
  const { result } = renderHook(
    () => {
      useFollowTheme();
      return useChooseTheme();
    },
    { wrapper },
  );
  return { asked, choose: (theme: "light" | "dark" | "system") => act(async () => result.current(theme)) };
}

describe("the theme", () => {
  it("that was chosen on another device is taken up", async () => {
    begin(true, { theme: "dark" });
    await waitFor(() => expect(currentTheme()).toBe("dark"));
  });

  it("stays when what is kept names none", async () => {
    localStorage.setItem("orion.theme", "light");
    const { asked } = begin(true, { theme: "pink" });
    await waitFor(() => expect(asked).toHaveLength(1));
    await act(async () => {});
    expect(currentTheme()).toBe("light");
  });

  it("is kept for whoever is signed in", async () => {
    const { asked, choose } = begin(true, { theme: "dark" });
    await waitFor(() => expect(currentTheme()).toBe("dark"));
    await choose("light");
    await waitFor(() => expect(asked.at(-1)).toEqual({ method: "PATCH", body: '{"display":{"theme":"light"}}' }));
    expect(currentTheme()).toBe("light");
  });

  it("of nobody stays in the browser", async () => {
    const { asked, choose } = begin(false, {});
    await choose("dark");
    expect(currentTheme()).toBe("dark");
    expect(asked).toEqual([]);
  });
});
