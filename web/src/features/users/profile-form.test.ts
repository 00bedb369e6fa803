import { expect, it } from "vitest";
import type { User } from "@/api/schema";
import { changeOf, FIELDS, type FieldName, textOf } from "./profile-form";

const ADA = {
  username: null,
  display_name: "Ada",
  locale: "en",
  timezone: "UTC",
  tags: ["beta", "vip"],
  social_links: { github: "https://github.com/ada", x: "https://x.com/ada" },
  metadata: { crm: "C-1", seats: 3 },
} as unknown as User;

const typed = (changed: Partial<Record<FieldName, string>>) => ({
  ...(Object.fromEntries(FIELDS.map((name) => [name, textOf(ADA, name)])) as Record<FieldName, string>),
  ...changed,
});

it("sends nothing of what stayed", () => {
  expect(changeOf(ADA, typed({}))).toEqual({});
});

it("sends of links and metadata what is another, and null for what is gone", () => {
  const change = changeOf(
    ADA,
    typed({
      tags: "VIP, new",
      social_links: "github https://github.com/ada\nMastodon https://m.example/@ada",
      metadata: '{ "crm": "C-2", "seats": 3 }',
    }),
  );
  expect(change).toEqual({
    tags: ["VIP", "new"],
    social_links: { mastodon: "https://m.example/@ada", x: null },
    metadata: { crm: "C-2" },
  });
});

it("sends no metadata that is no object", () => {
  for (const metadata of ["{", "[]", "7"]) expect(changeOf(ADA, typed({ metadata }))).toBeUndefined();
  expect(changeOf(ADA, typed({ metadata: "" }))).toEqual({ metadata: { crm: null, seats: null } });
});
