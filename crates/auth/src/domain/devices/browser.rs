//! What a browser keeps of devices: each who signs in with it has one of their own there.

use super::Auth;
use crate::store::devices;
use crate::store::identifiers::{self, EMAIL};
use orion_contracts::{Email, Secret};
use orion_infra::DbError;
use uuid::Uuid;

/// How many a browser keeps; whoever signed in with it longest ago makes room.
pub(crate) const MOST_OF_BROWSER: usize = 5;

impl Auth {
    /// What a browser keeps once somebody has signed in with it: their token first, then those of before by which somebody else, or a
    /// device that is blocked, is known still.
    pub(crate) async fn kept_with(&self, newest: &Secret, before: &[Secret]) -> Vec<Secret> {
        let named: Vec<_> = before.iter().filter_map(|token| Some((self.device_named(Some(token))?, token))).collect();
        let own = self.device_named(Some(newest));
        let ids = named.iter().map(|(id, _)| *id).chain(own);
        let others = match devices::all(self.infra.db.read(), ids).await {
            Ok(found) => {
                let of = |id: Uuid| found.iter().find(|device| device.id == id);
                let owner = own.and_then(of).map(|device| device.user_id);
                let stays =
                    |id: Uuid| of(id).is_some_and(|device| Some(device.user_id) != owner || device.is_blocked());
                named.into_iter().filter(|(id, _)| Some(*id) != own && stays(*id)).collect()
            }
            Err(error) => {
                tracing::warn!(%error, "the devices of a browser cannot be looked at; it keeps them all");
                named
            }
        };
        let others = others.into_iter().map(|(_, token)| token);
        std::iter::once(newest).chain(others).take(MOST_OF_BROWSER).cloned().collect()
    }

    /// The token of who signs in by this address, among those that a browser brought.
    pub(crate) async fn device_of_address(&self, email: &Email, brought: &[Secret]) -> Result<Option<Secret>, DbError> {
        if brought.len() < 2 {
            return Ok(brought.first().cloned());
        }
        // Looked for among the devices of unknown people too, so that it costs the same.
        let owner = identifiers::owner(self.infra.db.read(), EMAIL, email.as_str()).await?;
        self.device_among(owner.unwrap_or(Uuid::nil()), brought).await
    }

    /// This person's token among those that a browser brought, or else the one of who signed in with it last. A device of theirs
    /// that is blocked comes before others of theirs.
    pub(in crate::domain) async fn device_among(
        &self,
        user_id: Uuid,
        brought: &[Secret],
    ) -> Result<Option<Secret>, DbError> {
        if brought.len() < 2 {
            return Ok(brought.first().cloned());
        }
        let named: Vec<_> = brought.iter().filter_map(|token| Some((self.device_named(Some(token))?, token))).collect();
        let found = devices::among(self.infra.db.read(), user_id, named.iter().map(|(id, _)| *id)).await?;
        let rank = |(place, (id, _)): &(usize, &(Uuid, &Secret))| {
            let theirs = found.iter().find(|device| device.id == *id)?;
            Some((!theirs.is_blocked(), *place))
        };
        let theirs = named.iter().enumerate().filter(|one| rank(one).is_some()).min_by_key(|one| rank(one));
        Ok(theirs.map(|(_, (_, token))| *token).or(brought.first()).cloned())
    }
}
