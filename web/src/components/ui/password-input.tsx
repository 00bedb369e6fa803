import { useLingui } from "@lingui/react/macro";
import { Eye, EyeOff } from "lucide-react";
import { type ComponentProps, useState } from "react";
import { Button } from "./button";
import { Input } from "./input";

/** A password field whose content can be shown, which helps with long passwords. */
export function PasswordInput(props: ComponentProps<"input">) {
  const { t } = useLingui();
  const [shown, setShown] = useState(false);
  return (
    <div className="relative">
      <Input {...props} type={shown ? "text" : "password"} className="pr-10" autoCapitalize="none" spellCheck={false} />
      <Button
        variant="ghost"
        size="iconSmall"
        className="absolute top-0.5 right-0.5"
        aria-label={t`Show password`}
        aria-pressed={shown}
        onClick={() => setShown(!shown)}
      >
        {shown ? <EyeOff aria-hidden /> : <Eye aria-hidden />}
      </Button>
    </div>
  );
}
