import { expect, it } from "vitest";
import type { Event as PlatformEvent } from "@/api/schema";
import { eventSubject } from "./event-texts";

const subject = (data: Record<string, unknown>) => eventSubject({ aggregate_id: "0190", data } as PlatformEvent);

it("says whom an event is about, as people know them where that is known", () => {
  expect(subject({ user: { email: "ada@example.org", user_id: "7" } })).toBe("ada@example.org");
  expect(subject({ user_id: "7", ip_address: "127.0.0.1" })).toBe("7");
  expect(subject({})).toBe("0190");
});

it("says of a message what it is and to whom it went", () => {
  expect(subject({ kind: "account.welcome", user_id: "7", notification_id: "9" })).toBe("account.welcome · 7");
});
