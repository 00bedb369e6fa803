import { useLingui } from "@lingui/react/macro";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState } from "react";
import { type ApiError, asApiError } from "@/api/problem";
import type { Setting } from "@/api/schema";
import { useDraft } from "@/parts/drafts/drafts";
import { useKeeping, useKept } from "@/parts/drafts/kept-drafts";
import { type Changes, SchemaForm } from "@/parts/schema-form/schema-form";
import { OvertakenNotice } from "./overtaken-notice";
import { findSetting, putSetting, takeSetting } from "./queries";
import { ReasonField } from "./reason-field";
import { formSchemaOf, useNodeOf } from "./setting-node";

interface SettingFormProps {
  /** As it is now; another one than at first where somebody else has changed it meanwhile. */
  setting: Setting;
  /** What stands in the field at first, where somebody wants to put a value of before back. */
  proposal?: { value: unknown } | undefined;
  /** Told whether something stands in the form that was not saved. */
  onTyped: (isTyped: boolean) => void;
  onSaved: (setting: Setting) => void;
}

/** What is kept of the form when the session ends. */
interface Kept {
  /** What the typing began from. */
  setting: Setting;
  typed: Changes | undefined;
  reason: string;
}

const FIELDS = ["value", "reason"];

const isOvertakenBy = ({ kind }: ApiError) => kind === "precondition-failed";

/** Changes one setting. What was typed stays until it is saved, whoever else is faster. */
export function SettingForm({ setting, proposal, onTyped, onSaved }: SettingFormProps) {
  const { t } = useLingui();
  const queryClient = useQueryClient();
  const { key } = setting;
  const kept = useKept<Kept>(key);
  // What the typing began from; only over that may it be sent.
  const [begun, setBegun] = useState<{ setting: Setting; typed: Changes | undefined; round: number }>({
    setting: kept?.setting ?? setting,
    typed: kept?.typed ?? (proposal && { value: proposal.value }),
    round: 0,
  });
  const [typed, setTyped] = useState<Changes | undefined>(begun.typed);
  const [reason, setReason] = useState(kept?.reason ?? "");
  const hasReason = reason.trim() !== "";
  useDraft(hasReason);
  const isTyped = typed !== undefined;
  const isLost = isTyped || hasReason;
  useEffect(() => {
    onTyped(isLost);
    return () => onTyped(false);
  }, [isLost, onTyped]);
  const [reasonError, setReasonError] = useState<string>();
  const keeping = useMemo(
    () => (isLost ? { setting: begun.setting, typed, reason } : undefined),
    [isLost, begun.setting, typed, reason],
  );
  useKeeping(key, keeping satisfies Kept | undefined);
  const node = useNodeOf()(setting);
  const { label } = node;
  // The schema of a key is the same as long as the page lives.
  // biome-ignore lint/correctness/useExhaustiveDependencies: another object with the same content is no other schema
  const formSchema = useMemo(() => formSchemaOf(node), [key, label]);
  const isOvertaken = isTyped && setting.version !== begun.setting.version;

  useEffect(() => {
    if (typed === undefined && setting.version !== begun.setting.version) setBegun({ ...begun, setting });
  }, [typed, setting, begun]);

  // What one decides with goes; the focus would go with it.
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (begun.round > 0) place.current?.querySelector<HTMLElement>("[name=value]")?.focus();
  }, [begun.round]);

  const submit = async ({ value }: Changes) => {
    setReasonError(undefined);
    try {
      onSaved(await putSetting(begun.setting, value, reason.trim()));
    } catch (thrown) {
      const error = asApiError(thrown);
      setReasonError(error.fieldErrors.reason);
      if (isOvertakenBy(error)) await takeSetting(queryClient, await findSetting(key));
      throw error;
    }
  };
  /** Begins again from what it is now, with what was typed or without. */
  const decide = (kept: Changes | undefined) => {
    setTyped(kept);
    setBegun({ setting, typed: kept, round: begun.round + 1 });
  };

  return (
    <div ref={place}>
      <SchemaForm
        key={begun.round}
        label={t`Change ${label}`}
        schema={formSchema}
        value={{ value: begun.setting.value }}
        typed={begun.typed}
        onTyped={setTyped}
        onDiscard={() => setReason("")}
        tells={(error) => (isOvertakenBy(error) && isOvertaken) || error.isToldBy(FIELDS)}
        onSubmit={submit}
      >
        <ReasonField value={reason} onChange={setReason} error={reasonError} />
        {isOvertaken && (
          <OvertakenNotice
            setting={setting}
            node={node}
            typed={typed.value}
            onTakeTheirs={() => decide(undefined)}
            onKeepMine={() => decide(typed)}
          />
        )}
      </SchemaForm>
    </div>
  );
}
