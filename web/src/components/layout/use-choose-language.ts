import { useLingui } from "@lingui/react/macro";
import { chooseLanguage } from "@/lib/language";
import { notify } from "@/lib/notify";

/** Changes the language of the console; stays with the one that it speaks, and says so, when the words cannot be had. */
export function useChooseLanguage(): (language: string) => Promise<void> {
  const { t } = useLingui();
  return async (language) => {
    try {
      await chooseLanguage(language);
    } catch {
      notify({
        type: "error",
        title: t`The language could not be changed`,
        description: t`Its words could not be loaded: the server does not answer, or ORION was updated since this page was opened.`,
      });
    }
  };
}
