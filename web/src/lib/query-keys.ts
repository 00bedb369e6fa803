/** What all that is read of users is kept under, whichever feature reads it: what is changed of one makes all of it old. */
export const USERS = ["users"] as const;
