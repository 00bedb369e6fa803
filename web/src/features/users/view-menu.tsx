import { Trans, useLingui } from "@lingui/react/macro";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Bookmark, House, Pencil, Plus, Trash2 } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { Button } from "@/components/ui/button";
import { Menu, MenuItem, MenuRadioGroup, MenuRadioItem, MenuSeparator } from "@/components/ui/menu";
import { changePreferences, preferencesQuery, usePrefersOneself } from "@/features/session/preferences";
import { notify } from "@/lib/notify";
import { ConfirmDialog } from "@/parts/confirm/confirm-dialog";
import { SaveViewDialog } from "./save-view";
import { deletingOf, queryOf, type SavedView, viewOf, viewsOf } from "./saved-views";
import { NO_FILTER, type UserFilter } from "./user-filter";

interface ViewMenuProps {
  filter: UserFilter;
  onChoose: (filter: UserFilter) => void;
}

const EVERYBODY = "everybody";

/** What somebody looks at again and again: filters and order under a name, chosen, saved, renamed and deleted. */
export function ViewMenu({ filter, onChoose }: ViewMenuProps) {
  const { t } = useLingui();
  const isOwn = usePrefersOneself();
  const { data } = useQuery({ ...preferencesQuery, enabled: isOwn });
  const anchor = useRef<HTMLButtonElement>(null);
  const [open, setOpen] = useState(false);
  // Kept while a dialog closes, so that its words stay.
  const [saving, setSaving] = useState<{ open: boolean; view?: SavedView }>({ open: false });
  const [deleting, setDeleting] = useState<{ open: boolean; view?: SavedView }>({ open: false });
  const views = viewsOf(data);
  useDefaultView(data && views, filter, onChoose);
  if (!isOwn || !data) return null;
  const current = viewOf(views, filter);
  const isEverybody = queryOf(filter) === "";
  const shown = current?.name ?? (isEverybody ? t`Everybody` : t`not saved`);
  const choose = (id: string) => {
    const view = views.find((one) => one.id === id);
    onChoose({ ...NO_FILTER, sort: undefined, ...view?.filter });
  };
  return (
    <>
      <div className="flex min-w-0">
        <Button
          ref={anchor}
          size="small"
          aria-haspopup="menu"
          aria-expanded={open}
          onClick={() => setOpen(true)}
          className="min-w-0"
        >
          <Bookmark aria-hidden />
          <span className="truncate">{t`View: ${shown}`}</span>
        </Button>
        <Menu open={open} onOpenChange={setOpen} anchor={anchor} label={t`Views`} className="max-w-72">
          <MenuRadioGroup value={current?.id ?? (isEverybody ? EVERYBODY : "")} onValueChange={choose}>
            <MenuRadioItem value={EVERYBODY}>{t`Everybody`}</MenuRadioItem>
            {views.map(({ id, name, isDefault }) => (
              <MenuRadioItem key={id} value={id}>
                <span className="min-w-0 truncate">{name}</span>
                {isDefault && <House role="img" aria-label={t`the list begins with it`} />}
              </MenuRadioItem>
            ))}
          </MenuRadioGroup>
          <MenuSeparator />
          {current ? (
            <>
              <MenuItem onClick={() => setSaving({ open: true, view: current })}>
                <Pencil aria-hidden />
                <Trans>Change this view…</Trans>
              </MenuItem>
              <MenuItem onClick={() => setDeleting({ open: true, view: current })}>
                <Trash2 aria-hidden />
                <Trans>Delete this view…</Trans>
              </MenuItem>
            </>
          ) : (
            <MenuItem
              disabled={isEverybody}
              onClick={() => setSaving({ open: true })}
              className="data-disabled:opacity-55"
            >
              <Plus aria-hidden />
              <Trans>Save as a view…</Trans>
            </MenuItem>
          )}
        </Menu>
      </div>
      <SaveViewDialog
        open={saving.open}
        view={saving.view}
        filter={filter}
        views={views}
        onClose={() => setSaving({ ...saving, open: false })}
      />
      {deleting.view && (
        <DeleteView view={deleting.view} open={deleting.open} setOpen={(open) => setDeleting({ ...deleting, open })} />
      )}
    </>
  );
}

/** The list begins with the view that was chosen for that, where the page's address asks for nothing of its own. */
function useDefaultView(
  views: readonly SavedView[] | undefined,
  filter: UserFilter,
  onChoose: (filter: UserFilter) => void,
): void {
  // Once: who clears the filters afterwards wants to see everybody.
  const isFirst = useRef(true);
  const isAsked = queryOf(filter) !== "";
  useEffect(() => {
    if (isAsked) isFirst.current = false;
    if (!views || !isFirst.current) return;
    isFirst.current = false;
    const first = views.find(({ isDefault }) => isDefault);
    if (first) onChoose(first.filter);
  }, [views, isAsked, onChoose]);
}

interface DeleteViewProps {
  view: SavedView;
  open: boolean;
  setOpen: (open: boolean) => void;
}

function DeleteView({ view: { id, name }, open, setOpen }: DeleteViewProps) {
  const { t } = useLingui();
  const queryClient = useQueryClient();
  const run = async () => {
    await changePreferences(queryClient, () => deletingOf(id));
    notify({ type: "success", title: t`The view is deleted` });
  };
  return (
    <ConfirmDialog open={open} onOpenChange={setOpen} title={t`Delete the view ${name}?`} action={t`Delete`} run={run}>
      <Trans>What it shows stays as it is; only its name and filters are gone.</Trans>
    </ConfirmDialog>
  );
}
