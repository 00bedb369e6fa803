import { useLingui } from "@lingui/react/macro";
import { DeviceList } from "@/features/sessions/device-list";
import { EndAllSessions } from "@/features/sessions/end-all";
import { SessionList } from "@/features/sessions/session-list";
import { Section } from "./section";

/** Where one is signed in, and from what. */
export function OwnSessions() {
  const { t } = useLingui();
  return (
    <>
      <Section title={t`Sessions`} mark={<EndAllSessions whose={undefined} />} isList>
        <SessionList whose={undefined} mayEnd />
      </Section>
      <Section title={t`Devices`} isList>
        <DeviceList whose={undefined} mayOrder />
      </Section>
    </>
  );
}
