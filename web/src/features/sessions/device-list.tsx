import { msg } from "@lingui/core/macro";
import { Trans, useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { Monitor, MonitorSmartphone, Smartphone, Terminal } from "lucide-react";
import { useState } from "react";
import type { Device } from "@/api/schema";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { useFormat } from "@/lib/format";
import { ConfirmDialog } from "@/parts/confirm/confirm-dialog";
import { Listed, Row } from "./listed";
import { type DeviceOrder, devicesQuery, orderDevice, type Whose } from "./queries";
import { useRefreshed } from "./refreshed";

const ICONS = { computer: Monitor, phone: Smartphone, program: Terminal, unknown: MonitorSmartphone } as const;

/** What is asked before something is done with a device, and what it is called. */
const ORDERS = {
  block: {
    label: msg`Block…`,
    title: msg`Block this device?`,
    action: msg`Block`,
    text: msg`It is signed out, and is not signed in again, whatever is typed there. If it was stolen, change the password too.`,
  },
  unblock: {
    label: msg`Let in again…`,
    title: msg`Let this device in again?`,
    action: msg`Let in again`,
    text: msg`It may sign in again, as any other device.`,
  },
  distrust: {
    label: msg`Stop trusting…`,
    title: msg`Stop trusting this device?`,
    action: msg`Stop trusting`,
    text: msg`Its next sign-in asks for the second factor again.`,
  },
  forget: {
    label: msg`Forget…`,
    title: msg`Forget this device?`,
    action: msg`Forget`,
    text: msg`It is signed out. Its next sign-in is that of a new device.`,
  },
} as const;

interface DeviceListProps {
  whose: Whose;
  /** Whether the reader may do something with what is shown. */
  mayOrder: boolean;
}

/** What somebody has signed in from. */
export function DeviceList({ whose, mayOrder }: DeviceListProps) {
  const { t } = useLingui();
  const { formatDateTime } = useFormat();
  const refreshed = useRefreshed(whose);
  const [asked, setAsked] = useState<{ device: Device; order: DeviceOrder } | null>(null);
  const query = useQuery(devicesQuery(whose));
  const words = ORDERS[asked?.order ?? "block"];
  const facts = (device: Device) => [
    ...(device.ip_address ? [device.ip_address] : []),
    t`first seen ${formatDateTime(device.first_seen_at)}`,
    t`last seen ${formatDateTime(device.last_seen_at)}`,
  ];
  return (
    <>
      <Listed query={query} loading={t`Loading the devices`} none={<Trans>None yet.</Trans>}>
        {(devices) =>
          devices.map((device) => (
            <Row
              key={device.id}
              icon={ICONS[device.kind]}
              name={device.name}
              isCurrent={device.is_current}
              mark={<Status device={device} />}
              facts={facts(device)}
              actions={
                mayOrder &&
                ordersOf(device, whose).map((order) => (
                  <Button
                    key={order}
                    size="small"
                    aria-label={`${t(ORDERS[order].action)}: ${device.name}`}
                    onClick={() => setAsked({ device, order })}
                  >
                    {t(ORDERS[order].label)}
                  </Button>
                ))
              }
            />
          ))
        }
      </Listed>
      <ConfirmDialog
        open={asked !== null}
        onOpenChange={(open) => !open && setAsked(null)}
        title={t(words.title)}
        action={t(words.action)}
        tone={asked?.order === "unblock" ? "primary" : "danger"}
        run={async () => {
          if (asked) await orderDevice(whose, asked.device.id, asked.order);
          await refreshed();
        }}
      >
        {asked && <strong className="font-medium">{asked.device.name}. </strong>}
        {t(words.text)}
      </ConfirmDialog>
    </>
  );
}

/** What can be done with a device: its own page is not thrown out by itself, trust is its owner's matter, and what an
 * administrator has blocked is the administrators'. */
function ordersOf(device: Device, whose: Whose): DeviceOrder[] {
  if (device.status === "blocked") {
    return device.is_blocked_by_administrator && whose === undefined ? [] : ["unblock"];
  }
  const distrust: DeviceOrder[] = device.status === "trusted" && whose === undefined ? ["distrust"] : [];
  return device.is_current ? distrust : [...distrust, "block", "forget"];
}

function Status({ device }: { device: Device }) {
  const { formatDate } = useFormat();
  if (device.status === "blocked") {
    return (
      <Badge tone="danger">
        {device.is_blocked_by_administrator ? <Trans>Blocked by an administrator</Trans> : <Trans>Blocked</Trans>}
      </Badge>
    );
  }
  if (device.status !== "trusted" || !device.trusted_until) return null;
  const until = formatDate(device.trusted_until);
  return (
    <Badge>
      <Trans>Trusted until {until}</Trans>
    </Badge>
  );
}
