import { Fragment } from "react";

/** The name by which programs know a role. It is the same in every language, and looks so. */
export function RoleName({ name }: { name: string }) {
  return <code className="font-mono text-xs">{name}</code>;
}

/** Several of them. */
export function RoleNames({ names }: { names: readonly string[] }) {
  return names.map((name, index) => (
    <Fragment key={name}>
      {index > 0 && ", "}
      <RoleName name={name} />
    </Fragment>
  ));
}
