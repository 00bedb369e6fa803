import { Link } from "@tanstack/react-router";
import { SubjectLink } from "@/features/directory/subject-link";

/** Where the addresses of programs end, which nobody reads mail at. */
const OF_PROGRAMS = "@service-accounts.invalid";

interface HolderProps {
  id: string;
  email: string;
  className: string;
}

/** A person by their address, or a program by its name; leads to their page. */
export function Holder({ id, email, className }: HolderProps) {
  if (email.endsWith(OF_PROGRAMS)) return <SubjectLink id={id} kind="service-account" />;
  return (
    <Link to="/users/$userId" params={{ userId: id }} className={className}>
      {email}
    </Link>
  );
}
