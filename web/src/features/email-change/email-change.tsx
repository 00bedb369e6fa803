import { Trans, useLingui } from "@lingui/react/macro";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { asApiError } from "@/api/problem";
import type { EmailChange as Pending } from "@/api/schema";
import { ErrorState } from "@/components/state/error-state";
import { Loading } from "@/components/state/loading";
import { ProblemNotice } from "@/components/state/problem-notice";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Skeleton } from "@/components/ui/skeleton";
import { addressFault, fieldSentence } from "@/features/session/form-text";
import { useFormat } from "@/lib/format";
import { notify } from "@/lib/notify";
import { USERS } from "@/lib/query-keys";
import { ConfirmDialog } from "@/parts/confirm/confirm-dialog";
import { emailChangeQuery, requestEmailChange, type Whose, withdrawEmailChange } from "./queries";

/** An address: what it is, the change that waits to be confirmed, or the form that asks for one. */
export function EmailChange({ userId }: { userId?: string }) {
  const { t } = useLingui();
  const { data, error, refetch, isFetching } = useQuery(emailChangeQuery(userId));
  if (data)
    return data.pending ? (
      <Waiting whose={userId} current={data.email} pending={data.pending} />
    ) : (
      <Asking whose={userId} current={data.email} />
    );
  if (error) return <ErrorState error={error} retry={() => void refetch()} busy={isFetching} />;
  return (
    <Loading label={t`Loading the address`} className="flex max-w-sm flex-col gap-3">
      <Skeleton className="h-5" />
      <Skeleton className="h-9" />
    </Loading>
  );
}

function Waiting({ whose, current, pending }: { whose: Whose; current: string; pending: Pending }) {
  const { t } = useLingui();
  const { formatDateTime } = useFormat();
  const client = useQueryClient();
  const [open, setOpen] = useState(false);
  const until = formatDateTime(pending.expires_at);
  const withdraw = async () => {
    await withdrawEmailChange(whose);
    await client.invalidateQueries({ queryKey: [...USERS, "email-change"] });
    notify({ type: "success", title: t`The change is withdrawn` });
  };
  const addresses = [
    { email: current, is: t`Now`, confirmed: pending.is_confirmed_at_current },
    { email: pending.email, is: t`New`, confirmed: pending.is_confirmed_at_new },
  ];
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
      <p>
        <Trans>The address changes once the links in both mails are confirmed, until {until}.</Trans>
      </p>
      <dl className="grid gap-2">
        {addresses.map(({ email, is, confirmed }) => (
          <div key={is} className="grid grid-cols-[3.5rem_minmax(0,1fr)] items-baseline gap-x-3">
            <dt className="text-muted-foreground">{is}</dt>
            <dd className="flex flex-wrap items-center gap-x-3 gap-y-1">
              <bdi className="break-all">{email}</bdi>
              <Badge tone={confirmed ? "success" : "warning"}>{confirmed ? t`Confirmed` : t`Waits for its mail`}</Badge>
            </dd>
          </div>
        ))}
      </dl>
      <Button className="justify-self-start" onClick={() => setOpen(true)}>
        <Trans>Withdraw…</Trans>
      </Button>
      <ConfirmDialog
        open={open}
        onOpenChange={setOpen}
        title={t`Withdraw the change of the address?`}
        action={t`Withdraw`}
        tone="danger"
        run={withdraw}
      >
        <Trans>The links that were mailed lead nowhere from then on. The address stays {current}.</Trans>
      </ConfirmDialog>
    </div>
  );
}

function Asking({ whose, current }: { whose: Whose; current: string }) {
  const { t, i18n } = useLingui();
  const client = useQueryClient();
  const [email, setEmail] = useState("");
  const [fault, setFault] = useState<string | undefined>();
  const request = useMutation({
    mutationFn: (email: string) => requestEmailChange(whose, email),
    onSuccess: (state) => {
      client.setQueryData(emailChangeQuery(whose).queryKey, state);
      notify({
        type: "success",
        title: t`Two mails are on their way`,
        description: t`To the address of now and the new one.`,
      });
    },
  });
  const error = request.error && asApiError(request.error);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (request.isPending) return;
    request.reset();
    const typed = email.trim();
    const wrong = addressFault(typed);
    setFault(wrong && i18n._(wrong));
    if (wrong) return event.currentTarget.querySelector<HTMLInputElement>("[name=email]")?.focus();
    request.mutate(typed);
  };
  return (
    <form
      onSubmit={submit}
      noValidate
      aria-label={t`Change the address`}
      className="grid max-w-sm grid-cols-[minmax(0,1fr)] gap-2"
    >
      <p className="mb-2">
        <Trans>
          The address is <bdi className="font-medium break-all">{current}</bdi>.
        </Trans>
      </p>
      <Field label={t`New address`} error={fault ?? fieldSentence(i18n, "email", error?.fieldErrors.email)}>
        {(control) => (
          <Input
            {...control}
            type="email"
            name="email"
            autoComplete="email"
            required
            value={email}
            onChange={(event) => {
              setEmail(event.target.value);
              setFault(undefined);
            }}
          />
        )}
      </Field>
      <ProblemNotice error={error} fields={["email"]} />
      <p className="mb-2 text-muted-foreground">
        <Trans>A link goes to both addresses. Once both are confirmed, the address changes and all sessions end.</Trans>
      </p>
      <Button type="submit" variant="primary" className="justify-self-start" busy={request.isPending}>
        <Trans>Change the address</Trans>
      </Button>
    </form>
  );
}
