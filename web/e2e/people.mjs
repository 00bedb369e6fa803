/** Who owns the console; the password is that of the moment. */
export const ADMINISTRATOR = {
  email: "ada@example.org",
  name: "Ada Lovelace",
  password: "three bright stars in a row",
};

/** Who registers on the way. */
export const NEWCOMER = {
  email: "emmy.noether@example.org",
  display_name: "Emmy Noether",
  locale: "de",
  password: "every symmetry keeps something",
};
