//! Enums that are words: what is stored is what is told.

/// An enum whose names are the same in JSON, in OpenAPI, in the database and in metrics. (`tt`, for utoipa does not see
/// through the group that a `literal` comes in.)
macro_rules! vocabulary {
    ($($(#[$doc:meta])* $name:ident { $($variant:ident = $text:tt),* $(,)? })*) => {$(
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
        $(#[$doc])*
        #[allow(missing_docs, reason = "the names are the vocabulary of the model")]
        pub enum $name {$(
            #[serde(rename = $text)]
            $variant,
        )*}

        impl $name {
            /// All of them.
            pub const ALL: &[$name] = &[$(Self::$variant),*];

            /// The name as stored.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }
        }

        impl std::str::FromStr for $name {
            type Err = String;
            fn from_str(text: &str) -> Result<Self, String> {
                match text {
                    $($text => Ok(Self::$variant),)*
                    _ => Err(format!(concat!("unknown ", stringify!($name), " \"{}\""), text)),
                }
            }
        }
    )*};
}

pub(crate) use vocabulary;

#[cfg(test)]
mod tests {
    use crate::auth::{LoginAttemptStatus, LoginFailure, SecurityEventKind, Severity, ThrottlePolicy};
    use crate::jobs::JobState;
    use crate::notifications::{Channel, DeliveryAttemptStatus, NotificationStatus, Priority, TemplateCategory};
    use crate::user_list::UserSort;
    use crate::users::{AuthzPathState, AuthzReason, PermissionEffect, PermissionScope, UserStatus};

    #[test]
    fn a_name_is_the_same_in_json_in_its_schema_and_in_the_database() {
        fn check<
            T: serde::Serialize + std::str::FromStr + Copy + PartialEq + std::fmt::Debug + utoipa::PartialSchema,
        >(
            all: &[T],
            name: fn(T) -> &'static str,
        ) {
            let schema = serde_json::to_value(T::schema()).expect("a schema");
            let names: Vec<_> = all.iter().map(|value| name(*value)).collect();
            assert_eq!(schema["enum"], serde_json::json!(names), "{schema}");
            for value in all {
                assert_eq!(serde_json::to_value(value).expect("a name"), name(*value));
                assert_eq!(name(*value).parse::<T>().ok(), Some(*value));
            }
        }
        check(Channel::ALL, Channel::as_str);
        check(Priority::ALL, Priority::as_str);
        check(NotificationStatus::ALL, NotificationStatus::as_str);
        check(DeliveryAttemptStatus::ALL, DeliveryAttemptStatus::as_str);
        check(TemplateCategory::ALL, TemplateCategory::as_str);
        check(UserStatus::ALL, UserStatus::as_str);
        check(AuthzReason::ALL, AuthzReason::as_str);
        check(AuthzPathState::ALL, AuthzPathState::as_str);
        check(PermissionEffect::ALL, PermissionEffect::as_str);
        check(PermissionScope::ALL, PermissionScope::as_str);
        check(UserSort::ALL, UserSort::as_str);
        check(JobState::ALL, JobState::as_str);
        check(LoginAttemptStatus::ALL, LoginAttemptStatus::as_str);
        check(LoginFailure::ALL, LoginFailure::as_str);
        check(SecurityEventKind::ALL, SecurityEventKind::as_str);
        check(Severity::ALL, Severity::as_str);
        check(ThrottlePolicy::ALL, ThrottlePolicy::as_str);
    }
}
