import { Menu as Base } from "@base-ui/react/menu";
import { Check } from "lucide-react";
import { Menu } from "@/components/ui/menu";
import type { MenuProps } from "@/components/ui/menu-button";
import { useWords } from "./words";

export interface ColumnMenuProps extends MenuProps {
  columns: readonly { key: string; header: string }[];
  shown: Readonly<Record<string, boolean>>;
  onShow: (key: string, shown: boolean) => void;
}

/** Which columns are shown. It stays open, for several may be changed. */
export function ColumnMenu({ columns, shown, onShow, ...props }: ColumnMenuProps) {
  const words = useWords();
  return (
    <Menu {...props} label={words.columns}>
      {columns.map(({ key, header }) => (
        <Base.CheckboxItem
          key={key}
          checked={shown[key] ?? true}
          onCheckedChange={(checked) => onShow(key, checked)}
          className="flex cursor-default items-center gap-2.5 rounded-md px-2 py-1.5 outline-none select-none data-highlighted:bg-accent [&_svg]:size-4"
        >
          <span className="grid size-4 place-items-center">
            <Base.CheckboxItemIndicator>
              <Check aria-hidden />
            </Base.CheckboxItemIndicator>
          </span>
          {header}
        </Base.CheckboxItem>
      ))}
    </Menu>
  );
}
