//! What a service account is given: by a name alone, or by a name with what binds it.

use crate::cli::signed_in::arguments;
use chrono::{DateTime, Utc};
use orion_contracts::users::PermissionEffect;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::marker::PhantomData;

/// How a moment is written.
const TIME: &str = crate::cli::output::TIME;

/// A role: `moderator`, or `{ role: moderator, until: 2030-01-01T00:00:00Z, when: 'request.mfa' }`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct GivenRole {
    pub(super) role: String,
    pub(super) until: Option<DateTime<Utc>>,
    pub(super) when: Option<String>,
}

/// A permission: `users.read`, or `{ permission: users.read, effect: denial, until: …, when: 'request.mfa' }`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct GivenPermission {
    pub(super) permission: String,
    pub(super) effect: PermissionEffect,
    pub(super) until: Option<DateTime<Utc>>,
    pub(super) when: Option<String>,
}

/// What is given, and what binds it.
pub(super) trait Given {
    fn name(&self) -> &str;
    fn until(&self) -> Option<DateTime<Utc>>;
    fn when(&self) -> Option<&str>;
}

impl Given for GivenRole {
    fn name(&self) -> &str {
        &self.role
    }

    fn until(&self) -> Option<DateTime<Utc>> {
        self.until
    }

    fn when(&self) -> Option<&str> {
        self.when.as_deref()
    }
}

impl Given for GivenPermission {
    fn name(&self) -> &str {
        &self.permission
    }

    fn until(&self) -> Option<DateTime<Utc>> {
        self.until
    }

    fn when(&self) -> Option<&str> {
        self.when.as_deref()
    }
}

/// An end, as the command line takes it.
fn until<'de, D: Deserializer<'de>>(from: D) -> Result<Option<DateTime<Utc>>, D::Error> {
    let text = Option::<String>::deserialize(from)?;
    text.map(|text| arguments::until(&text)).transpose().map_err(de::Error::custom)
}

/// The long form of a role.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LongRole {
    role: String,
    #[serde(default, deserialize_with = "until", skip_serializing_if = "Option::is_none")]
    until: Option<DateTime<Utc>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    when: Option<String>,
}

/// The long form of a permission.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LongPermission {
    permission: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    effect: Option<PermissionEffect>,
    #[serde(default, deserialize_with = "until", skip_serializing_if = "Option::is_none")]
    until: Option<DateTime<Utc>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    when: Option<String>,
}

impl GivenRole {
    /// By what field it is bound, where it is.
    pub(super) fn bound(&self) -> Option<&'static str> {
        let when = self.when.as_ref().map(|_| "when");
        self.until.map(|_| "until").or(when)
    }
}

impl GivenPermission {
    /// Given for good, whatever the circumstances.
    fn plain(permission: String) -> Self {
        Self { permission, effect: PermissionEffect::Grant, until: None, when: None }
    }
}

impl From<LongRole> for GivenRole {
    fn from(long: LongRole) -> Self {
        Self { role: long.role, until: long.until, when: long.when }
    }
}

impl From<LongPermission> for GivenPermission {
    fn from(long: LongPermission) -> Self {
        let effect = long.effect.unwrap_or(PermissionEffect::Grant);
        Self { permission: long.permission, effect, until: long.until, when: long.when }
    }
}

impl From<String> for GivenRole {
    fn from(role: String) -> Self {
        Self { role, until: None, when: None }
    }
}

impl From<String> for GivenPermission {
    fn from(permission: String) -> Self {
        Self::plain(permission)
    }
}

/// Reads either form. (An untagged enum would lose the place of a mistake.)
struct Either<L, T>(&'static str, PhantomData<(L, T)>);

impl<'de, L: Deserialize<'de> + Into<T>, T: From<String>> Visitor<'de> for Either<L, T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<T, E> {
        Ok(name.to_owned().into())
    }

    fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<T, M::Error> {
        L::deserialize(MapAccessDeserializer::new(map)).map(Into::into)
    }
}

impl<'de> Deserialize<'de> for GivenRole {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let words = "the name of a role, or a mapping such as { role: moderator, until: 2030-01-01T00:00:00Z }";
        from.deserialize_any(Either::<LongRole, Self>(words, PhantomData))
    }
}

impl<'de> Deserialize<'de> for GivenPermission {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let words = "the name of a permission, or a mapping such as { permission: users.read, effect: denial }";
        from.deserialize_any(Either::<LongPermission, Self>(words, PhantomData))
    }
}

impl Serialize for GivenRole {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match (self.until, self.when.clone()) {
            (None, None) => self.role.serialize(to),
            (until, when) => LongRole { role: self.role.clone(), until, when }.serialize(to),
        }
    }
}

impl Serialize for GivenPermission {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if *self == Self::plain(self.permission.clone()) {
            return self.permission.serialize(to);
        }
        let effect = Some(self.effect).filter(|effect| *effect != PermissionEffect::Grant);
        let (permission, until, when) = (self.permission.clone(), self.until, self.when.clone());
        LongPermission { permission, effect, until, when }.serialize(to)
    }
}

impl fmt::Display for GivenRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.role)?;
        if let Some(until) = self.until {
            write!(f, " until {}", until.format(TIME))?;
        }
        self.when.as_ref().map_or(Ok(()), |when| write!(f, " when {when}"))
    }
}

impl fmt::Display for GivenPermission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.permission)?;
        if self.effect == PermissionEffect::Denial {
            f.write_str(" (denied)")?;
        }
        if let Some(until) = self.until {
            write!(f, " until {}", until.format(TIME))?;
        }
        self.when.as_ref().map_or(Ok(()), |when| write!(f, " when {when}"))
    }
}
