import { i18n } from "@lingui/core";
import { msg } from "@lingui/core/macro";
import { activity } from "@/api/client";
import type { ConsoleSession } from "@/api/schema";
import { formatTime } from "@/lib/format";
import { notify } from "@/lib/notify";

/** Says as whom the console goes on. */
export function tellOfActor({ acting, display_name, email }: ConsoleSession): void {
  const name = display_name ?? email;
  if (acting) {
    const time = formatTime(Date.parse(acting.expires_at) - activity.clockOffset).slice(0, 5);
    notify({
      type: "success",
      title: i18n._(msg`You act as ${name} now`),
      description: i18n._(msg`Until ${time}, unless it ends before.`),
    });
  } else {
    const title = i18n._(msg`You are yourself again`);
    notify({ type: "success", title, description: i18n._(msg`Acting as another user is over.`) });
  }
}
