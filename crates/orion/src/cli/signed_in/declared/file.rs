//! What stands in a file: YAML, of which JSON is a part. What is not named is not managed: an absent field is left as it is, and `null` clears.

use super::given::{GivenPermission, GivenRole};
use orion_contracts::users::PermissionScope;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_saphyr::Spanned;
use std::collections::{BTreeMap, BTreeSet};

/// The only form of the file that there is so far.
pub(super) const FORM: u32 = 1;

/// A file.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) version: Spanned<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) roles: Option<Named<WantedRole>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) organisations: Option<Named<WantedOrganisation>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) service_accounts: Option<Named<WantedAccount>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) routes: Option<Named<WantedRoute>>,
}

/// A route of the gateway, by its name: the keys that the configuration has, without `name`.
pub(super) type WantedRoute = BTreeMap<String, serde_json::Value>;

/// Things by their names, each with the place where it stands.
pub(super) type Named<T> = BTreeMap<String, Spanned<Option<T>>>;

/// A role, by its name.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WantedRole {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) display_name: Option<String>,
    #[serde(default, with = "present", skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<Option<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) level: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) scope: Option<PermissionScope>,
    #[serde(default, with = "present", skip_serializing_if = "Option::is_none")]
    pub(super) parent: Option<Option<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) permissions: Option<BTreeSet<String>>,
}

/// An organisation, by what it is called in addresses.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WantedOrganisation {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    #[serde(default, with = "present", skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<Option<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) teams: Option<Named<WantedTeam>>,
}

/// A team of an organisation, by its name.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WantedTeam {
    #[serde(default, with = "present", skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<Option<String>>,
}

/// A service account, by its name. Its keys are secrets, and stand in no file.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WantedAccount {
    #[serde(default, with = "present", skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<Option<String>>,
    /// What the organisation is called in addresses.
    #[serde(default, with = "present", skip_serializing_if = "Option::is_none")]
    pub(super) organisation: Option<Option<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) active: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) roles: Option<Vec<GivenRole>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) roles_inside: Option<Vec<GivenRole>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) permissions: Option<Vec<GivenPermission>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) permissions_inside: Option<Vec<GivenPermission>>,
}

/// A field of which absent and `null` are two things.
mod present {
    use super::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<T: Serialize, S: Serializer>(value: &Option<Option<T>>, to: S) -> Result<S::Ok, S::Error> {
        value.as_ref().and_then(Option::as_ref).serialize(to)
    }

    pub(super) fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Option<T>>, D::Error> {
        Option::<T>::deserialize(from).map(Some)
    }
}
