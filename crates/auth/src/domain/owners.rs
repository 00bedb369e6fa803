//! Lists of what happened to accounts: whose accounts those are, for who may see that, and of whom alone a list is to tell.

use super::Auth;
use crate::error::AuthError;
use crate::store::accounts;
use crate::store::identifiers::{self, EMAIL};
use orion_contracts::auth::AccountOwner;
use orion_contracts::permissions::UsersRead;
use orion_contracts::{Email, FieldCode, Problem, UserId};
use orion_http::Permitted;
use orion_http::identity::Object;
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// Who reads a list.
#[derive(Clone, Copy)]
pub(crate) enum Reader<'a> {
    /// Somebody who reads of their own account, and knows whose it is.
    Owner(UserId),
    /// Somebody who reads of others; who they are only with the permission to see users.
    Other(&'a Permitted),
}

impl Reader<'_> {
    fn may_see_users(self) -> Result<(), Problem> {
        match self {
            Self::Owner(_) => Err(Problem::permission_denied()),
            Self::Other(permitted) => permitted.may(UsersRead, Object::PLATFORM),
        }
    }
}

/// Of whom a list tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    /// Of everybody, and of what is about nobody.
    All,
    /// Of one account.
    One(Uuid),
    /// Of none: nobody has that address, or it is somebody else's.
    Nobody,
}

impl Auth {
    /// Of whom a list is to tell. Who asks by an address learns whether somebody has it, and so must be one who may see users.
    pub(super) async fn asked_for(
        &self,
        reader: Reader<'_>,
        user_id: Option<UserId>,
        email: Option<&Email>,
    ) -> Result<Of, AuthError> {
        if let Reader::Owner(own) = reader {
            return Ok(Of::One(own.0));
        }
        let Some(email) = email else { return Ok(user_id.map_or(Of::All, |id| Of::One(id.0))) };
        reader.may_see_users()?;
        let owner = identifiers::owner(self.infra.db.read_aside(), EMAIL, email.as_str()).await?;
        let asked = owner.filter(|owner| user_id.is_none_or(|id| id.0 == *owner));
        Ok(asked.map_or(Of::Nobody, Of::One))
    }

    /// Whose the accounts of a page are: two queries, however many there are. Nobody, for who may not see users.
    pub(super) async fn owners(
        &self,
        reader: Reader<'_>,
        accounts: impl Iterator<Item = Uuid>,
    ) -> Result<HashMap<Uuid, AccountOwner>, AuthError> {
        let ids: BTreeSet<Uuid> = accounts.collect();
        if ids.is_empty() || reader.may_see_users().is_err() {
            return Ok(HashMap::new());
        }
        let db = self.infra.db.read_aside();
        let addresses = identifiers::of(db, &ids, EMAIL).await?.into_iter();
        let mut addresses: HashMap<Uuid, Email> =
            addresses.map(|address| (address.user_id, Email::stored(address.value))).collect();
        let owners = accounts::of(db, &ids).await?.into_iter().map(|account| {
            let email = addresses.remove(&account.user_id);
            (account.user_id, AccountOwner { display_name: account.display_name, email })
        });
        Ok(owners.collect())
    }
}

/// A word that a list is narrowed to. Databases do not take every text that a query can have.
pub(super) fn short_word<'a>(field: &str, text: &'a str) -> Result<&'a str, Problem> {
    match text {
        "" => Err(Problem::validation().field(field, FieldCode::Required, "must not be empty")),
        _ if text.len() > 100 || text.chars().any(char::is_control) => {
            let message = "must have at most 100 characters, and none that control";
            Err(Problem::validation().field(field, FieldCode::Invalid, message))
        }
        _ => Ok(text),
    }
}
