import { Trans, useLingui } from "@lingui/react/macro";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useId, useRef, useState } from "react";
import { type ApiError, asApiError } from "@/api/problem";
import { ProblemNotice } from "@/components/state/problem-notice";
import { Avatar } from "@/components/ui/avatar";
import { Button } from "@/components/ui/button";
import { notify } from "@/lib/notify";
import { USERS } from "@/lib/query-keys";
import { ConfirmDialog } from "@/parts/confirm/confirm-dialog";
import { putPicture, removePicture, type Whose } from "./queries";

/** What the server draws. */
const FORMATS = "image/png,image/jpeg,image/webp,image/gif";

interface PictureEditorProps {
  whose?: Whose;
  /** Of the person. */
  name: string;
  /** Where their picture is, if they have one. */
  url: string | null;
}

interface Chosen {
  file: File;
  /** The file as an address: the page's policy lets no other way pass. */
  preview: string;
}

/** A picture: chosen, looked at and saved, or removed. */
export function PictureEditor({ whose, name, url }: PictureEditorProps) {
  const { t } = useLingui();
  const faultId = useId();
  const client = useQueryClient();
  const input = useRef<HTMLInputElement>(null);
  const chooser = useRef<HTMLButtonElement>(null);
  const [chosen, setChosen] = useState<Chosen | null>(null);
  // What was chosen last, and is looked into; and what of that cannot be shown.
  const looked = useRef<File>(undefined);
  const [broken, setBroken] = useState<File | null>(null);
  const [isRemoving, setRemoving] = useState(false);
  const save = useMutation({
    mutationFn: (file: File) => putPicture(whose, file),
    onSuccess: async () => {
      notify({ type: "success", title: t`The picture is changed` });
      await client.invalidateQueries({ queryKey: USERS });
      leave();
    },
  });
  const error = save.error && asApiError(save.error);
  const fault = useFault(error, broken);
  const leave = () => {
    setChosen(null);
    save.reset();
    chooser.current?.focus();
  };
  const choose = async (file: File | undefined) => {
    if (!file) return;
    looked.current = file;
    save.reset();
    const preview = await previewOf(file);
    // Another one was chosen meanwhile.
    if (looked.current !== file) return;
    setChosen(preview === null ? null : { file, preview });
    setBroken(preview === null ? file : null);
  };
  const remove = async () => {
    await removePicture(whose);
    await client.invalidateQueries({ queryKey: USERS });
    notify({ type: "success", title: t`The picture is removed` });
  };
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-3">
      <div className="flex flex-wrap items-center gap-4">
        <Avatar name={name} url={chosen ? chosen.preview : url} className="size-20 text-xl" />
        <div className="flex flex-wrap gap-2">
          <input
            ref={input}
            type="file"
            hidden
            accept={FORMATS}
            aria-label={t`File with the picture`}
            onChange={(event) => {
              void choose(event.target.files?.[0]);
              // The same file can be chosen again.
              event.target.value = "";
            }}
          />
          <Button
            ref={chooser}
            aria-describedby={fault ? faultId : undefined}
            onClick={() => !save.isPending && input.current?.click()}
          >
            {chosen ? <Trans>Choose another…</Trans> : <Trans>Choose a picture…</Trans>}
          </Button>
          {chosen && (
            <>
              <Button variant="primary" busy={save.isPending} onClick={() => save.mutate(chosen.file)}>
                <Trans>Save</Trans>
              </Button>
              <Button onClick={() => !save.isPending && leave()}>
                <Trans>Cancel</Trans>
              </Button>
            </>
          )}
          {!chosen && url && (
            <Button onClick={() => setRemoving(true)}>
              <Trans>Remove…</Trans>
            </Button>
          )}
        </div>
      </div>
      {fault && (
        <p id={faultId} role="alert" className="text-[0.8125rem] text-danger">
          {fault}
        </p>
      )}
      <ProblemNotice error={fault ? null : error} fields={[]} />
      <p className="text-[0.8125rem] text-muted-foreground">
        {chosen && !fault ? (
          <Trans>This is how it will look. It is not saved yet.</Trans>
        ) : (
          <Trans>
            A PNG, JPEG, WebP or GIF. The square in its middle is shown, and nothing else of the file is kept.
          </Trans>
        )}
      </p>
      <ConfirmDialog
        open={isRemoving}
        onOpenChange={setRemoving}
        title={t`Remove the picture?`}
        action={t`Remove`}
        tone="danger"
        returnFocus={chooser}
        run={remove}
      >
        <Trans>The initials are shown in its place.</Trans>
      </ConfirmDialog>
    </div>
  );
}

/** What is wrong with the file; nothing where something else went wrong. @param broken what the browser cannot draw */
function useFault(error: ApiError | null, broken: File | null): string | undefined {
  const { t } = useLingui();
  if (broken) {
    const isDrawn = FORMATS.split(",").includes(broken.type);
    return isDrawn ? t`The file is broken, or no picture.` : t`This is no PNG, JPEG, WebP or GIF.`;
  }
  if (!error) return undefined;
  const code = error.problem.errors?.find(({ field }) => field === "avatar")?.code;
  if (error.kind === "payload-too-large") return t`The file is too large for a picture.`;
  if (error.kind === "unsupported-media-type") return t`This is no PNG, JPEG, WebP or GIF.`;
  if (code === "too_long") return t`The picture has too many pixels. Make it smaller first.`;
  if (code) return t`The file is broken, or no picture.`;
  return undefined;
}

/** How a file will look, as an address; null where it is nothing that can be drawn. */
async function previewOf(file: File): Promise<string | null> {
  try {
    const drawn = await createImageBitmap(file);
    drawn.close();
    return await addressOf(file);
  } catch {
    return null;
  }
}

const addressOf = (file: File): Promise<string> =>
  new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
