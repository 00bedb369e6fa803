//! The permissions that exist. An endpoint names one as a type (`Require<UsersRead>`); the users service seeds the list, and
//! gives each to the roles that stand beside it.

use crate::roles::{
    ADMIN, EDITOR, GUEST, MODERATOR, ORGANISATION_ADMIN, ORGANISATION_MEMBER, ORGANISATION_OWNER, USER,
};

/// A permission: `resource.action`.
#[derive(Debug, Clone, Copy)]
pub struct Permission {
    /// `resource.action`, the stable name.
    pub name: &'static str,
    /// What it is about, such as `users`.
    pub resource: &'static str,
    /// What may be done, such as `read`.
    pub action: &'static str,
    /// What it allows, for a person.
    pub display_name: &'static str,
    /// The roles that have it from the beginning; the super administrator has every one.
    pub default_roles: &'static [&'static str],
    /// Where it stands in [`ALL`]; its bit in a set.
    index: usize,
}

/// A type that stands for one permission, so that a handler's signature shows what it demands.
pub trait Demand: Send + Sync + 'static {
    /// The permission demanded.
    const PERMISSION: Permission;
}

macro_rules! permissions {
    ($($marker:ident: $resource:literal $action:literal $display:literal [$($role:ident),*];)*) => {
        /// Where each permission stands in the list.
        #[derive(Clone, Copy)]
        enum Index { $($marker),* }

        $(
            #[doc = $display]
            #[derive(Debug, Clone, Copy)]
            pub struct $marker;

            impl Demand for $marker {
                const PERMISSION: Permission = Permission {
                    name: concat!($resource, ".", $action),
                    resource: $resource,
                    action: $action,
                    display_name: $display,
                    default_roles: &[$($role),*],
                    index: Index::$marker as usize,
                };
            }
        )*

        /// Every permission of ORION.
        pub const ALL: &[Permission] = &[$($marker::PERMISSION),*];
    };
}

// Marker: resource, action, words for people, and the roles that have it from the beginning. One that names no role is given
// to nobody but the super administrator, also on a platform that stands already.
permissions! {
    ProfileRead: "profile" "read" "Read one's own profile" [GUEST, ADMIN];
    ProfileWrite: "profile" "write" "Change one's own profile" [USER, ADMIN];
    InboxRead: "inbox" "read" "Read one's own notifications" [GUEST, ADMIN];
    UsersRead: "users" "read" "Find and read users" [MODERATOR, ADMIN];
    UsersWrite: "users" "write" "Create and change users" [ADMIN];
    UsersImpersonate: "users" "impersonate" "Act as another user" [];
    RolesRead: "roles" "read" "Read roles and permissions" [MODERATOR, ADMIN];
    RolesWrite: "roles" "write" "Create and change roles" [];
    RolesAssign: "roles" "assign" "Give roles to users and take them away" [ADMIN];
    SessionsRead: "sessions" "read" "See sessions of others" [MODERATOR, ADMIN];
    SessionsRevoke: "sessions" "revoke" "End sessions of others" [MODERATOR, ADMIN];
    SecurityRead: "security" "read" "See security events, sign-in attempts and throttles" [MODERATOR, ADMIN];
    SecurityWrite: "security" "write" "Lift throttles" [ADMIN];
    KeysRead: "keys" "read" "See the signing keys" [ADMIN];
    KeysRotate: "keys" "rotate" "Rotate the signing keys" [];
    NotificationsRead: "notifications" "read" "Read notifications and deliveries of others" [EDITOR, MODERATOR, ADMIN];
    NotificationsSend: "notifications" "send" "Send notifications" [ADMIN];
    CapturedMailRead: "captured-mail" "read" "Read captured mails" [ADMIN];
    TemplatesRead: "templates" "read" "Read templates" [EDITOR, ADMIN];
    TemplatesWrite: "templates" "write" "Change and publish templates" [EDITOR, ADMIN];
    ApiKeysRead: "api-keys" "read" "See API keys of others" [ADMIN];
    ApiKeysWrite: "api-keys" "write" "Make API keys of one's own" [USER, ADMIN];
    ApiKeysRevoke: "api-keys" "revoke" "Revoke API keys of others" [ADMIN];
    ServiceAccountsRead: "service-accounts" "read" "See service accounts" [ADMIN];
    ServiceAccountsWrite: "service-accounts" "write" "Make and change service accounts, and keys of theirs" [ADMIN];
    OrganisationsCreate: "organisations" "create" "Make organisations" [ADMIN];
    OrganisationsRead: "organisations" "read" "See organisations and their members" [ORGANISATION_MEMBER, MODERATOR, ADMIN];
    OrganisationsWrite: "organisations" "write" "Change organisations" [ORGANISATION_ADMIN, ADMIN];
    OrganisationsDelete: "organisations" "delete" "Hand organisations over and delete them" [ORGANISATION_OWNER, ADMIN];
    MembersWrite: "members" "write" "Invite members of organisations, give them roles inside, and remove them"
        [ORGANISATION_ADMIN, ADMIN];
    TeamsWrite: "teams" "write" "Make and change teams of organisations" [ORGANISATION_ADMIN, ADMIN];
    AuditRead: "audit" "read" "Read the audit log" [ORGANISATION_ADMIN, ADMIN];
    AuditRedact: "audit" "redact" "Take personal values out of audit entries" [];
    GatewayRead: "gateway" "read" "Read routes, limits and upstreams" [ADMIN];
    GatewayWrite: "gateway" "write" "Change routes, limits and upstreams" [];
    ConsoleUse: "console" "use" "Sign in to the console" [EDITOR, MODERATOR, ADMIN];
    HealthRead: "health" "read" "See the health of services" [MODERATOR, ADMIN];
    EventsRead: "events" "read" "See the live event stream" [MODERATOR, ADMIN];
    JobsRead: "jobs" "read" "See background jobs" [ADMIN];
    JobsWrite: "jobs" "write" "Cancel and repeat background jobs" [ADMIN];
    SettingsRead: "settings" "read" "Read settings" [ADMIN];
    SettingsWrite: "settings" "write" "Change settings" [];
}

/// Permissions by which something is done that demands a sign-in of the last minutes besides, so that an explanation can say so.
pub const WITH_RECENT_SIGN_IN: &[Permission] = &[
    ProfileWrite::PERMISSION,
    UsersWrite::PERMISSION,
    UsersImpersonate::PERMISSION,
    RolesWrite::PERMISSION,
    RolesAssign::PERMISSION,
    SessionsRevoke::PERMISSION,
    SecurityWrite::PERMISSION,
    KeysRotate::PERMISSION,
    AuditRedact::PERMISSION,
    ApiKeysWrite::PERMISSION,
    ServiceAccountsWrite::PERMISSION,
    OrganisationsDelete::PERMISSION,
    GatewayWrite::PERMISSION,
    JobsWrite::PERMISSION,
    SettingsWrite::PERMISSION,
];

/// Which permissions are held: a bit for each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PermissionSet(u128);

const _: () = assert!(ALL.len() <= u128::BITS as usize, "a set has a bit for each permission");

impl PermissionSet {
    /// Those with these names; a name that this version does not know is passed over.
    pub fn named<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let known = |name: &str| ALL.iter().find(|permission| permission.name == name);
        Self(names.into_iter().filter_map(known).fold(0, |bits, permission| bits | 1 << permission.index))
    }

    /// Whether one is among them.
    pub fn contains(self, permission: Permission) -> bool {
        self.0 & 1 << permission.index != 0
    }

    /// These, and those of another set.
    #[must_use]
    pub fn with(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// All of them, in the order of the list.
    pub fn iter(self) -> impl Iterator<Item = &'static Permission> {
        ALL.iter().filter(move |permission| self.contains(**permission))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique() {
        let names: std::collections::BTreeSet<_> = ALL.iter().map(|permission| permission.name).collect();
        assert_eq!(names.len(), ALL.len());
    }

    #[test]
    fn a_set_holds_what_it_was_made_of() {
        for permission in ALL {
            let one = PermissionSet::named([permission.name]);
            let held: Vec<_> = one.iter().map(|permission| permission.name).collect();
            assert_eq!(held, [permission.name]);
        }
        let both = PermissionSet::named(["users.read", "of.tomorrow"]).with(PermissionSet::named(["audit.read"]));
        assert!(both.contains(UsersRead::PERMISSION) && both.contains(AuditRead::PERMISSION));
        assert!(!both.contains(UsersWrite::PERMISSION));
    }

    /// What is written by hand elsewhere, so that a role that is given too much here is noticed.
    #[test]
    fn roles_have_from_the_beginning_what_they_are_for() {
        let of = |role: &str| ALL.iter().filter(|permission| permission.default_roles.contains(&role)).count();
        assert_eq!([GUEST, USER, EDITOR, MODERATOR].map(of), [2, 2, 4, 10]);
        assert_eq!([ORGANISATION_MEMBER, ORGANISATION_ADMIN, ORGANISATION_OWNER].map(of), [1, 4, 1]);
        let admin_lacks: Vec<_> =
            ALL.iter().filter(|permission| !permission.default_roles.contains(&ADMIN)).map(|one| one.name).collect();
        let beyond =
            ["users.impersonate", "roles.write", "keys.rotate", "audit.redact", "gateway.write", "settings.write"];
        assert_eq!(admin_lacks, beyond);
    }
}
