/** What all that is read of users is kept under, whichever feature reads it: what is changed of one makes all of it old. */
export const USERS = ["users"] as const;

/** What all that is read of programs with accounts of their own is kept under. */
export const SERVICE_ACCOUNTS = ["service-accounts"] as const;

/** What all that is read of organisations and their teams is kept under. */
export const ORGANISATIONS = ["organisations"] as const;

/** What all that is read of roles and permissions is kept under. */
export const ROLES = ["roles"] as const;
