import { useLingui } from "@lingui/react/macro";
import { useFormat } from "@/lib/format";
import type { SchemaNode } from "@/parts/schema-form/nodes";

/** Says values of settings: numbers with their unit, "on" and "off", and that a text is empty. */
export function useValueText(): (node: SchemaNode | undefined, value: unknown) => string {
  const { t } = useLingui();
  const { formatQuantity } = useFormat();
  return (node, value) => {
    if (typeof value === "number") return formatQuantity(value, node?.kind === "number" ? node.unit : "");
    if (typeof value === "boolean") return value ? t`on` : t`off`;
    if (value === "") return t`empty`;
    return typeof value === "string" ? value : JSON.stringify(value ?? null);
  };
}
