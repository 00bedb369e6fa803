import {
  type FormEvent,
  type ReactNode,
  type RefObject,
  useEffect,
  useRef,
  useState,
  useSyncExternalStore,
} from "react";
import { type ApiError, asApiError } from "@/api/problem";
import { stepUpStore } from "@/api/step-up";
import { ProblemNotice } from "@/components/state/problem-notice";
import { Button } from "@/components/ui/button";
import { Dialog, DialogContent, DialogDescription, DialogTitle } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { useWords } from "./words";

export interface ConfirmDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  /** The question, with what it is about: "Suspend Ada Lovelace?" */
  title: string;
  /** What will happen, and whether it can be taken back. */
  children: ReactNode;
  /** To what it happens, where that is more than the title says; the first few are shown. */
  objects?: readonly string[];
  /** How many there are in all, where `objects` holds only the first of them. */
  objectCount?: number;
  /** The verb on the button: "Suspend". */
  action: string;
  /** `danger` for what cannot be taken back. */
  tone?: "primary" | "danger";
  /** What has to be typed first, such as the name of what is deleted. */
  typed?: string;
  /** Asks for a reason of so many characters at least. */
  leastReason?: number;
  /** Does it. What it throws is shown in the dialog, which stays open. */
  run: (given: { reason: string }) => Promise<unknown>;
  /** Where the focus goes in the end, when what opened the dialog may be gone by then; or whether it goes back at all. */
  returnFocus?: RefObject<HTMLElement | null> | (() => boolean);
  /** What leads on from a refusal. */
  wayOn?: (error: ApiError) => ReactNode;
}

/** After so long without an answer the dialog can be closed. */
const LONG_MS = 10_000;
/** So many of the objects are named. */
const SHOWN_OBJECTS = 5;

/** Asks before something is done that somebody may regret; does it, and shows why it could not be done. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const { open, onOpenChange, returnFocus } = props;
  const [running, setRunning] = useState(false);
  // Somebody who looks for a password is not an answer that does not come.
  const isAsked = useSyncExternalStore(stepUpStore.subscribe, stepUpStore.isAsking);
  const isLong = useIsLong(running && !isAsked);
  const cancel = useRef<HTMLButtonElement>(null);
  const first = useRef<HTMLInputElement>(null);
  return (
    <Dialog open={open} onOpenChange={(next) => (next || !running || isLong) && onOpenChange(next)}>
      <DialogContent role="alertdialog" {...(returnFocus && { finalFocus: returnFocus })}>
        {/* Within the popup, so that each opening begins with empty fields. */}
        <Question {...props} running={running} setRunning={setRunning} isLong={isLong} first={first} cancel={cancel} />
      </DialogContent>
    </Dialog>
  );
}

interface QuestionProps extends ConfirmDialogProps {
  running: boolean;
  setRunning: (running: boolean) => void;
  isLong: boolean;
  first: RefObject<HTMLInputElement | null>;
  cancel: RefObject<HTMLButtonElement | null>;
}

function Question(props: QuestionProps) {
  const words = useWords();
  const { title, children, action, tone = "primary", typed, leastReason, running, isLong, first, cancel } = props;
  const [name, setName] = useState("");
  const [reason, setReason] = useState("");
  const [checked, setChecked] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const nameDiffers = typed !== undefined && name.trim() !== typed;
  const reasonMissing = leastReason !== undefined && reason.trim().length < leastReason;
  const under = useRef(false);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setChecked(true);
    if (nameDiffers || reasonMissing || under.current) return;
    // A second click may come before the first one is shown.
    under.current = true;
    props.setRunning(true);
    setError(null);
    try {
      await props.run({ reason: reason.trim() });
      props.onOpenChange(false);
    } catch (thrown) {
      setError(asApiError(thrown));
    } finally {
      under.current = false;
      props.setRunning(false);
    }
  };
  const reasonError =
    (checked && reasonMissing && words.reasonMissing(leastReason)) || error?.fieldErrors.reason || undefined;

  return (
    <form onSubmit={submit} noValidate>
      <DialogTitle>{title}</DialogTitle>
      <DialogDescription render={<div />}>{children}</DialogDescription>
      <Objects objects={props.objects ?? []} count={props.objectCount} />
      <div className="mt-4 grid empty:hidden">
        {typed !== undefined && (
          <Field
            label={words.typeToConfirm(typed)}
            error={checked && nameDiffers ? words.typedDiffers(typed) : undefined}
          >
            {(control) => (
              <Input
                {...control}
                ref={first}
                value={name}
                onChange={(event) => setName(event.target.value)}
                autoComplete="off"
                autoCapitalize="none"
                spellCheck={false}
              />
            )}
          </Field>
        )}
        {leastReason !== undefined && (
          <Field label={words.reason} hint={words.reasonHint} error={reasonError}>
            {(control) => (
              <Input
                {...control}
                ref={typed === undefined ? first : undefined}
                value={reason}
                onChange={(event) => setReason(event.target.value)}
                maxLength={500}
              />
            )}
          </Field>
        )}
      </div>
      <div className="mt-4 empty:hidden">
        <ProblemNotice
          error={error}
          fields={leastReason === undefined ? [] : ["reason"]}
          wayOn={error && props.wayOn?.(error)}
        />
        {running && isLong && (
          <p role="status" className="text-[0.8125rem] text-muted-foreground">
            {words.noAnswer}
          </p>
        )}
      </div>
      <div className="mt-4 flex flex-wrap-reverse justify-end gap-2">
        <Button ref={cancel} disabled={running && !isLong} onClick={() => props.onOpenChange(false)}>
          {running && isLong ? words.close : words.cancel}
        </Button>
        <Button
          type="submit"
          variant="primary"
          busy={running}
          className={tone === "danger" ? "bg-danger text-background hover:bg-danger/90" : undefined}
        >
          {action}
        </Button>
      </div>
    </form>
  );
}

function Objects({ objects, count = objects.length }: { objects: readonly string[]; count: number | undefined }) {
  const words = useWords();
  if (objects.length === 0) return null;
  const shown = objects.slice(0, SHOWN_OBJECTS);
  return (
    <ul className="mt-3 rounded-md border bg-muted px-3 py-2 text-[0.8125rem]">
      {shown.map((object) => (
        <li key={object} className="truncate py-0.5">
          <bdi>{object}</bdi>
        </li>
      ))}
      {count > shown.length && <li className="py-0.5 text-muted-foreground">{words.andMore(count - shown.length)}</li>}
    </ul>
  );
}

function useIsLong(running: boolean): boolean {
  const [isLong, setLong] = useState(false);
  useEffect(() => {
    setLong(false);
    if (!running) return;
    const timer = setTimeout(() => setLong(true), LONG_MS);
    return () => clearTimeout(timer);
  }, [running]);
  return isLong;
}
