import { Trans, useLingui } from "@lingui/react/macro";
import type { TotpEnrolment } from "@/api/schema";

/** A key for an authenticator app: to be scanned, or typed. */
export function AppKey({ enrolment }: { enrolment: TotpEnrolment }) {
  const { t } = useLingui();
  const groups = enrolment.secret.match(/.{1,4}/g) ?? [];
  return (
    <div className="grid gap-3 rounded-lg border bg-card p-4 shadow-xs">
      <p>
        <Trans>Scan this with the app, then enter the code that it shows.</Trans>
      </p>
      {/* Dark on white also at night: cameras read nothing else. */}
      <img
        src={`data:image/svg+xml,${encodeURIComponent(enrolment.qr_svg)}`}
        alt={t`QR code with the key below`}
        width={200}
        height={200}
        className="justify-self-center rounded-md bg-white p-1"
      />
      <p className="text-[0.8125rem] text-muted-foreground">
        <Trans>Or type the key:</Trans>{" "}
        <code className="font-mono break-words text-foreground select-all">{groups.join(" ")}</code>
      </p>
    </div>
  );
}
