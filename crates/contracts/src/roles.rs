//! Roles that the program itself knows by name; all others are rows like any other.

/// The only role of everybody whose address is not verified.
pub const GUEST: &str = "guest";
/// The role that verification gives.
pub const USER: &str = "user";
/// The role of those who write what is sent to people.
pub const EDITOR: &str = "editor";
/// The role of those who look after users and their sessions.
pub const MODERATOR: &str = "moderator";
/// The role of those who run the platform from day to day.
pub const ADMIN: &str = "admin";
/// The role that may do everything, and that somebody must always hold.
pub const SUPER_ADMIN: &str = "super_admin";

/// The role of who owns an organisation, held inside it; somebody always holds it there.
pub const ORGANISATION_OWNER: &str = "organisation_owner";
/// The role of who looks after an organisation and its members, held inside it.
pub const ORGANISATION_ADMIN: &str = "organisation_admin";
/// The role of every member of an organisation, held inside it.
pub const ORGANISATION_MEMBER: &str = "organisation_member";

/// All of them: what every platform has. What each is stands where users makes them, which holds the two together.
pub const SYSTEM_ROLES: [&str; 9] =
    [GUEST, USER, EDITOR, MODERATOR, ADMIN, SUPER_ADMIN, ORGANISATION_OWNER, ORGANISATION_ADMIN, ORGANISATION_MEMBER];

/// How many roles may inherit from each other in a line: what the last one allows is reckoned from all.
pub const DEEPEST: usize = 20;

/// The longest name of a role, in bytes.
const LONGEST_NAME: usize = 100;

/// Whether a role can have this name: a lower-case word of letters, digits, `_` and `-`.
pub fn is_role_name(name: &str) -> bool {
    (1..=LONGEST_NAME).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::is_role_name;

    #[test]
    fn names_of_roles_are_lower_case_words() {
        assert!(is_role_name("super_admin") && is_role_name("support-2"));
        for bad in ["", "Admin", "a b", "a\0", "a%", &"a".repeat(101)] {
            assert!(!is_role_name(bad), "{bad:?}");
        }
    }
}
