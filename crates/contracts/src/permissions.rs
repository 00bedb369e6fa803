//! The permissions that exist. An endpoint names one as a type (`Require<UsersRead>`); the users service seeds the list.

/// A permission: `resource.action`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Permission {
    /// `resource.action`, the stable name.
    pub name: &'static str,
    /// What it is about, such as `users`.
    pub resource: &'static str,
    /// What may be done, such as `read`.
    pub action: &'static str,
    /// What it allows, for a person.
    pub display_name: &'static str,
}

/// A type that stands for one permission, so that a handler's signature shows what it demands.
pub trait Demand: Send + Sync + 'static {
    /// The permission demanded.
    const PERMISSION: Permission;
}

macro_rules! permissions {
    ($($marker:ident: $resource:literal $action:literal $display:literal;)*) => {
        $(
            #[doc = $display]
            #[derive(Debug, Clone, Copy)]
            pub enum $marker {}

            impl Demand for $marker {
                const PERMISSION: Permission = Permission {
                    name: concat!($resource, ".", $action),
                    resource: $resource,
                    action: $action,
                    display_name: $display,
                };
            }
        )*

        /// Every permission of ORION.
        pub const ALL: &[Permission] = &[$($marker::PERMISSION),*];
    };
}

permissions! {
    ProfileRead: "profile" "read" "Read one's own profile";
    ProfileWrite: "profile" "write" "Change one's own profile";
    InboxRead: "inbox" "read" "Read one's own notifications";
    UsersRead: "users" "read" "Find and read users";
    UsersWrite: "users" "write" "Create and change users";
    RolesRead: "roles" "read" "Read roles and permissions";
    RolesWrite: "roles" "write" "Create and change roles";
    RolesAssign: "roles" "assign" "Give roles to users and take them away";
    SessionsRead: "sessions" "read" "See sessions of others";
    SessionsRevoke: "sessions" "revoke" "End sessions of others";
    NotificationsRead: "notifications" "read" "Read notifications and deliveries of others";
    NotificationsSend: "notifications" "send" "Send notifications";
    CapturedMailRead: "captured-mail" "read" "Read captured mails";
    TemplatesRead: "templates" "read" "Read templates";
    TemplatesWrite: "templates" "write" "Change and publish templates";
    AuditRead: "audit" "read" "Read the audit log";
    GatewayRead: "gateway" "read" "Read routes, limits and upstreams";
    GatewayWrite: "gateway" "write" "Change routes, limits and upstreams";
    ConsoleUse: "console" "use" "Sign in to the console";
    HealthRead: "health" "read" "See the health of services";
    EventsRead: "events" "read" "See the live event stream";
    JobsRead: "jobs" "read" "See background jobs";
    JobsWrite: "jobs" "write" "Cancel and repeat background jobs";
    SettingsRead: "settings" "read" "Read settings";
    SettingsWrite: "settings" "write" "Change settings";
}

#[cfg(test)]
mod tests {
    use super::ALL;

    #[test]
    fn names_are_unique() {
        let names: std::collections::BTreeSet<_> = ALL.iter().map(|permission| permission.name).collect();
        assert_eq!(names.len(), ALL.len());
    }
}
