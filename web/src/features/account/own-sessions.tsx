import { useLingui } from "@lingui/react/macro";
import { Section } from "@/components/layout/section";
import { DeviceList } from "@/features/sessions/device-list";
import { EndAllSessions } from "@/features/sessions/end-all";
import { SessionList } from "@/features/sessions/session-list";

/** Where one is signed in, and from what. @param mayOrder whether the reader may end and block what is shown */
export function OwnSessions({ mayOrder }: { mayOrder: boolean }) {
  const { t } = useLingui();
  return (
    <>
      <Section title={t`Sessions`} mark={mayOrder && <EndAllSessions whose={undefined} />} isList>
        <SessionList whose={undefined} mayEnd={mayOrder} />
      </Section>
      <Section title={t`Devices`} isList>
        <DeviceList whose={undefined} mayOrder={mayOrder} />
      </Section>
    </>
  );
}
