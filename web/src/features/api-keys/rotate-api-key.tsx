import { Trans, useLingui } from "@lingui/react/macro";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { ApiKey, NewApiKey } from "@/api/schema";
import { Form, FormFoot } from "@/components/form/form";
import { useSubmit } from "@/components/form/use-submit";
import { Dialog, DialogContent, DialogDescription, DialogTitle } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Select } from "@/parts/select";
import { NewSecret } from "./new-secret";
import { API_KEYS, rotateApiKey } from "./queries";

interface RotateApiKeyProps {
  apiKey: ApiKey | null;
  onClose: () => void;
}

/** Gives a key a new secret. */
export function RotateApiKeyDialog({ apiKey, onClose }: RotateApiKeyProps) {
  const name = apiKey?.name ?? "";
  return (
    <Dialog open={apiKey !== null} onOpenChange={(next) => !next && onClose()}>
      <DialogContent>
        <DialogTitle>
          <Trans>A new secret for {name}</Trans>
        </DialogTitle>
        <DialogDescription>
          <Trans>The key stays what it is. Its old secret goes on for a while, so that programs can be changed.</Trans>
        </DialogDescription>
        {apiKey && <RotateForm apiKey={apiKey} onClose={onClose} />}
      </DialogContent>
    </Dialog>
  );
}

function RotateForm({ apiKey, onClose }: { apiKey: ApiKey; onClose: () => void }) {
  const { t } = useLingui();
  const queryClient = useQueryClient();
  const [overlap, setOverlap] = useState("86400");
  const [made, setMade] = useState<NewApiKey>();
  const send = async () => {
    setMade(await rotateApiKey(apiKey, Number(overlap)));
    await queryClient.invalidateQueries({ queryKey: API_KEYS });
  };
  const submission = useSubmit(send);
  if (made !== undefined) return <NewSecret made={made} onKept={onClose} />;
  return (
    <Form submission={submission}>
      <Field label={t`The old secret goes on for`}>
        {(control) => (
          <Select {...control} value={overlap} onChange={(event) => setOverlap(event.target.value)} autoFocus>
            <option value="0">{t`no time: it ends now`}</option>
            <option value="3600">{t`an hour`}</option>
            <option value="86400">{t`a day`}</option>
            <option value="604800">{t`a week`}</option>
          </Select>
        )}
      </Field>
      <FormFoot submission={submission} fields={[]} action={t`Give it a new secret`} onCancel={onClose} />
    </Form>
  );
}
