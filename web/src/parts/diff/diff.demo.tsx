import { DiffView } from "./diff-view";

const BEFORE = {
  mail: { from: "ORION <orion@example.com>", smtp_url: "smtps://one", timeout_ms: 10_000 },
  auth: { access_token_seconds: 300, refresh_token_days: 30, password_min_length: 15, session_absolute_days: 90 },
  gateway: { rate_limit_requests: 1_000, rate_limit_seconds: 10, access_log: "off", trusted_proxies: "" },
  log: { filter: "info", format: "auto" },
};
const AFTER = {
  ...BEFORE,
  mail: { ...BEFORE.mail, from: "ORION at Example <orion@example.com>", smtp_url: "smtps://two" },
  gateway: { ...BEFORE.gateway, rate_limit_requests: 250, trusted_proxies: "10.0.0.0/8" },
};
const SECRETS = ["mail.smtp_url"];
const TEXT = "Hello {{ name }},\n\nsomebody asked for a new password.\nThe link is good for an hour.\n\nYours, ORION\n";
const CHANGED =
  "Hello {{ name }},\n\nyou asked for a new password.\nThe link is good for 30 minutes.\n\nYours, ORION\n";

export function DiffDemo() {
  return (
    <div className="grid gap-4">
      <DiffView
        label="Settings, version 3 and version 4"
        before={BEFORE}
        after={AFTER}
        secrets={SECRETS}
        beforeLabel="Version 3"
        afterLabel="Version 4"
      />
      <DiffView label="Text of a mail" before={TEXT} after={CHANGED} />
      <DiffView label="Nothing" before={TEXT} after={TEXT} />
    </div>
  );
}
