import { i18n } from "@lingui/core";
import { msg } from "@lingui/core/macro";
import type { ConsoleSession } from "@/api/schema";
import { notify } from "@/lib/notify";

/** Says for whom the console goes on. */
export function tellOfOrganisation({ organisation }: ConsoleSession): void {
  const name = organisation?.name;
  const title = name
    ? i18n._(msg`You act for ${name} now`)
    : organisation
      ? i18n._(msg`You act for another organisation now`)
      : i18n._(msg`You act for no organisation now`);
  notify({ type: "success", title });
}
