//! What an operator can set.

use orion_contracts::users::LARGEST_AVATAR_KIB;
use orion_infra::config::MAX_DAYS;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smart_default::SmartDefault;

/// Users, their addresses, and the audit log.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, SmartDefault)]
#[serde(deny_unknown_fields, default)]
pub struct UsersConfig {
    /// How long the link that verifies an e-mail address works, in hours.
    #[schemars(range(min = 1, max = MAX_DAYS * 24), extend("x-dynamic" = true))]
    #[default = 24]
    pub verification_hours: u32,
    /// How large a picture may be that somebody sends, in KiB.
    #[schemars(range(min = 16, max = LARGEST_AVATAR_KIB), extend("x-dynamic" = true))]
    #[default = 5120]
    pub avatar_max_kib: u32,
    /// How long a change of an e-mail address can be confirmed, in hours.
    #[schemars(range(min = 1, max = 168), extend("x-dynamic" = true))]
    #[default = 24]
    pub email_change_hours: u32,
    /// How long the link of an invitation works, in days.
    #[schemars(range(min = 1, max = 90), extend("x-dynamic" = true))]
    #[default = 7]
    pub invitation_days: u32,
    /// How long users who have not verified their address are kept, in days; then they are removed, and the address is free
    /// again.
    #[schemars(range(min = 1, max = MAX_DAYS), extend("x-dynamic" = true))]
    #[default = 7]
    pub unverified_days: u32,
    /// How long users who were deleted can be restored, in days; then they are erased, and the address is free again.
    #[schemars(range(min = 1, max = MAX_DAYS), extend("x-dynamic" = true))]
    #[default = 30]
    pub erase_deleted_days: u32,
    /// How long audit entries are kept, in days. What is older is cut from the beginning of the chain, which stays verifiable
    /// from there on.
    #[schemars(range(min = 1, max = MAX_DAYS))]
    #[default = 365]
    pub audit_retention_days: u32,
}
