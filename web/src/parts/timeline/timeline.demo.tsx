import { KeyRound, LogIn, ShieldAlert, UserPlus, UserX } from "lucide-react";
import { useState } from "react";
import { Card } from "@/components/ui/card";
import { WHOLE_LIST } from "../list-source";
import { Timeline, type TimelineEntry } from "./timeline";

const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString();

const ENTRIES: TimelineEntry[] = [
  {
    id: "6",
    at: hoursAgo(0.4),
    title: "Account suspended",
    actor: "Grace Hopper",
    icon: UserX,
    tone: "danger",
    details: "Reason: ten sign-ins from four countries within an hour.",
  },
  { id: "5", at: hoursAgo(0.5), title: "Sign-in slowed down", icon: ShieldAlert, tone: "warning" },
  { id: "4", at: hoursAgo(26), title: "Password changed", actor: "Ada Lovelace", icon: KeyRound },
  { id: "3", at: hoursAgo(27), title: "Signed in", actor: "Ada Lovelace", icon: LogIn, tone: "success" },
];
const OLDER: TimelineEntry[] = [
  { id: "2", at: "2026-03-12T10:00:00Z", title: "Role admin given", actor: "Barbara Liskov", icon: ShieldAlert },
  { id: "1", at: "2026-03-12T09:12:00Z", title: "Registered", icon: UserPlus },
];

export function TimelineDemo() {
  const [isAll, setAll] = useState(false);
  return (
    <Card className="max-w-2xl p-5">
      <Timeline
        label="What happened to Ada"
        entries={isAll ? [...ENTRIES, ...OLDER] : ENTRIES}
        source={{ ...WHOLE_LIST, hasMore: !isAll, loadMore: () => setAll(true) }}
        empty={null}
      />
    </Card>
  );
}
