import { Trans, useLingui } from "@lingui/react/macro";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useId, useState } from "react";
import type { UpdateProfile, User } from "@/api/schema";
import { Form, FormFoot } from "@/components/form/form";
import { useSubmit } from "@/components/form/use-submit";
import { Section } from "@/components/layout/section";
import { THEMES } from "@/components/layout/themes";
import { useChooseLanguage } from "@/components/layout/use-choose-language";
import { ErrorState } from "@/components/state/error-state";
import { Loading } from "@/components/state/loading";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Skeleton } from "@/components/ui/skeleton";
import { changePreferences } from "@/features/session/preferences";
import { LANGUAGES, languageName } from "@/lib/language";
import { notify } from "@/lib/notify";
import { chooseTheme, type Theme, useTheme } from "@/lib/theme";
import { Select } from "@/parts/select";
import { changeOwnProfile, ownProfileQuery } from "./own-profile";

/** How one likes the console and what ORION writes: language, time zone, theme. What products ask besides is theirs to show. */
export function OwnPreferences() {
  const { t } = useLingui();
  const { data, error, refetch, isFetching } = useQuery(ownProfileQuery);
  return (
    <Section title={t`Preferences`}>
      {data ? (
        <PreferencesForm profile={data} />
      ) : error ? (
        <ErrorState error={error} retry={() => void refetch()} busy={isFetching} />
      ) : (
        <Loading label={t`Loading your preferences`}>
          <Skeleton className="h-24" />
        </Loading>
      )}
    </Section>
  );
}

/** The time zones that the browser knows; also what it does not know can be typed. */
const timeZones = (): readonly string[] => Intl.supportedValuesOf("timeZone");
const languageOf = (locale: string) => locale.split("-")[0]?.toLowerCase() ?? locale;

function PreferencesForm({ profile }: { profile: User }) {
  const { t, i18n } = useLingui();
  const listId = useId();
  const queryClient = useQueryClient();
  const speak = useChooseLanguage();
  const theme = useTheme();
  // Undefined as long as nothing was chosen here: what comes in meanwhile is shown.
  const [typed, setTyped] = useState<{ locale?: string; timezone?: string; theme?: Theme }>({});
  const { locale, timezone } = { ...profile, ...typed };
  const look = typed.theme ?? theme;
  const send = async () => {
    const change: UpdateProfile = {
      ...(locale !== profile.locale && { locale }),
      ...(timezone.trim() !== profile.timezone && { timezone: timezone.trim() }),
    };
    if (Object.keys(change).length > 0) await changeOwnProfile(queryClient, change);
    if (typed.theme) {
      await changePreferences(queryClient, () => ({ display: { theme: look } }));
      chooseTheme(look);
    }
    if (typed.locale && languageOf(locale) !== i18n.locale && LANGUAGES.includes(languageOf(locale))) {
      await speak(languageOf(locale));
    }
    setTyped({});
    notify({ type: "success", title: t`Your preferences are saved` });
  };
  const submission = useSubmit(send);
  const faults = submission.error?.fieldErrors ?? {};
  // A language that the console does not speak stays what somebody has chosen for their mails.
  const locales = LANGUAGES.some((language) => language === profile.locale)
    ? LANGUAGES
    : [profile.locale, ...LANGUAGES];
  return (
    <Form submission={submission} wide className="mt-0">
      <Field
        label={t`Language`}
        hint={t`Of the console, and of mails to you.`}
        error={faults.locale && t`This is no language tag.`}
      >
        {(control) => (
          <Select {...control} value={locale} onChange={(event) => setTyped({ ...typed, locale: event.target.value })}>
            {locales.map((language) => (
              <option key={language} value={language} lang={language}>
                {languageName(language)}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Field
        label={t`Time zone`}
        hint={t`Such as Europe/Berlin`}
        error={faults.timezone && t`There is no such time zone.`}
      >
        {(control) => (
          <>
            <Input
              {...control}
              list={listId}
              value={timezone}
              maxLength={50}
              autoComplete="off"
              spellCheck={false}
              onChange={(event) => setTyped({ ...typed, timezone: event.target.value })}
            />
            <datalist id={listId}>
              {timeZones().map((zone) => (
                <option key={zone} value={zone} />
              ))}
            </datalist>
          </>
        )}
      </Field>
      <Field label={t`Theme`} hint={t`On each of your devices.`}>
        {(control) => (
          <Select
            {...control}
            value={look}
            onChange={({ target }) => {
              const chosen = THEMES.find((one) => one.theme === target.value);
              if (chosen) setTyped({ ...typed, theme: chosen.theme });
            }}
          >
            {THEMES.map((one) => (
              <option key={one.theme} value={one.theme}>
                {t(one.label)}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <p className="col-span-full mb-4 text-[0.8125rem] text-muted-foreground">
        <Trans>What products ask you about notifications and privacy is set there.</Trans>
      </p>
      <FormFoot submission={submission} fields={["locale", "timezone"]} action={t`Save`} />
    </Form>
  );
}
