//! What stands in a user's profile, and how it is changed.

use crate::{reading, text};
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// `PATCH /api/v1/users/me` and `/api/v1/users/{id}`: absent fields stay, `null` clears, and is refused where nothing can be cleared.
#[derive(Debug, Clone, Default, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateProfile {
    /// Handle: 2 to 32 of the letters a to z, digits, and single `.`, `_` or `-` between them. Nobody else has it, and it is kept in
    /// lower case.
    #[serde(default, with = "present", skip_serializing_if = "Option::is_none")]
    #[garde(inner(inner(length(chars, min = 1, max = 100))))]
    #[schema(value_type = Option<String>, example = "ada")]
    pub username: Option<Option<String>>,
    /// Given name.
    #[serde(default, with = "present", skip_serializing_if = "Option::is_none")]
    #[garde(inner(inner(length(chars, min = 1, max = 100))))]
    #[schema(value_type = Option<String>, example = "Ada")]
    pub first_name: Option<Option<String>>,
    /// Family name.
    #[serde(default, with = "present", skip_serializing_if = "Option::is_none")]
    #[garde(inner(inner(length(chars, min = 1, max = 100))))]
    #[schema(value_type = Option<String>, example = "Lovelace")]
    pub last_name: Option<Option<String>>,
    /// Name to show.
    #[serde(default, with = "present", skip_serializing_if = "Option::is_none")]
    #[garde(inner(inner(length(chars, min = 1, max = 200))))]
    #[schema(value_type = Option<String>, example = "Ada")]
    pub display_name: Option<Option<String>>,
    /// Something about themselves.
    #[serde(default, with = "present", skip_serializing_if = "Option::is_none")]
    #[garde(inner(inner(length(chars, max = 2000))))]
    #[schema(value_type = Option<String>, example = "Writes programs.")]
    pub bio: Option<Option<String>>,
    /// Telephone number (E.164): `+` and 7 to 15 digits. Spaces, dots, hyphens, slashes and brackets are left out, and
    /// so is a `(0)` behind the digits of the country.
    #[serde(default, with = "present", skip_serializing_if = "Option::is_none")]
    #[garde(inner(inner(length(chars, min = 1, max = 40))))]
    #[schema(value_type = Option<String>, example = "+442079460018")]
    pub phone: Option<Option<String>>,
    /// Where they live or work.
    #[serde(default, with = "present", skip_serializing_if = "Option::is_none")]
    #[garde(inner(inner(length(chars, min = 1, max = 100))))]
    #[schema(value_type = Option<String>, example = "London")]
    pub location: Option<Option<String>>,
    /// Address of their website, `https` or `http`.
    #[serde(default, with = "present", skip_serializing_if = "Option::is_none")]
    #[garde(inner(inner(length(chars, min = 1, max = 500))))]
    #[schema(value_type = Option<String>, example = "https://ada.example")]
    pub website: Option<Option<String>>,
    /// Addresses of their pages elsewhere, by the name of the place: those that are named are set, or taken away by `null`; the
    /// others stay. There are 20 at most.
    #[serde(default, deserialize_with = "reading::value", skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    #[schema(example = json!({ "github": "https://github.com/ada" }))]
    pub social_links: Option<BTreeMap<String, Option<String>>>,
    /// IANA time zone; cannot be cleared.
    #[serde(default, deserialize_with = "reading::value", skip_serializing_if = "Option::is_none")]
    #[garde(length(min = 1, max = 50), ascii)]
    #[schema(example = "Europe/London")]
    pub timezone: Option<String>,
    /// BCP 47 language tag; cannot be cleared.
    #[serde(default, deserialize_with = "reading::value", skip_serializing_if = "Option::is_none")]
    #[garde(length(min = 2, max = 10), ascii)]
    #[schema(example = "en")]
    pub locale: Option<String>,
    /// What administrators sort people by, instead of the tags of before: 20 at most, kept in lower case. Administrators alone set it.
    #[serde(default, deserialize_with = "reading::value", skip_serializing_if = "Option::is_none")]
    #[garde(inner(custom(text::entries(0, 40))))]
    #[schema(example = json!(["beta"]))]
    pub tags: Option<Vec<String>>,
    /// What is kept beside a user: keys that are named are set, or taken away by `null`; the others stay. 8 KiB of JSON at most.
    /// Administrators alone set it.
    #[serde(default, deserialize_with = "reading::value", skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    #[schema(value_type = Option<BTreeMap<String, Value>>, example = json!({ "crm_id": "C-4711" }))]
    pub metadata: Option<Map<String, Value>>,
}

/// Tells an absent field from one that is `null`.
pub(crate) mod present {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(crate) fn serialize<T: Serialize, S: Serializer>(value: &Option<Option<T>>, to: S) -> Result<S::Ok, S::Error> {
        value.as_ref().and_then(Option::as_ref).serialize(to)
    }

    pub(crate) fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Option<T>>, D::Error> {
        Option::<T>::deserialize(from).map(Some)
    }
}
