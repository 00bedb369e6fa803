//! How often something may be done within a while, whether or not anything comes of it. It is counted in rows: a limit holds
//! on every node and after a restart, administrators see one that is used up, and lift it.
//!
//! Known and unknown addresses are counted alike, and stand in a key as a MAC. An address, and the mailbox of a tagged one, is
//! counted for each network that it is named from: strangers elsewhere take nothing from its owner.

use super::key::Limited;
use super::{ASTRAY, AddressLimit, Key, PlaceLimit, seconds};
use crate::domain::Auth;
use crate::domain::places::{NOWHERE, network_of, place_of};
use crate::error::AuthError;
use crate::store::identifiers::{self, EMAIL};
use crate::store::rate_limits;
use chrono::{DateTime, TimeDelta, Utc};
use orion_contracts::Author;
use orion_infra::request::RequestContext;
use orion_infra::{Change, DbError};

impl Limited {
    /// From the first time on that is counted until counting starts anew.
    const fn window(&self) -> TimeDelta {
        match self {
            Self::Place(PlaceLimit::Registration | PlaceLimit::Reset, _) => TimeDelta::minutes(1),
            Self::Address(AddressLimit::Registration | AddressLimit::Reset, ..) => TimeDelta::hours(1),
            Self::Address(AddressLimit::Mailbox, ..) => TimeDelta::days(1),
        }
    }

    /// Whether it counts tries, also those that are refused for something else.
    const fn is_of_tries(&self) -> bool {
        match self {
            Self::Place(..) => true,
            Self::Address(..) => false,
        }
    }

    fn refused_for(&self, wait: TimeDelta) -> AuthError {
        match self {
            Self::Address(AddressLimit::Registration | AddressLimit::Mailbox, ..) => {
                AuthError::RegisteredTooOften(seconds(wait))
            }
            Self::Place(..) | Self::Address(AddressLimit::Reset, ..) => AuthError::TriedTooOften(seconds(wait)),
        }
    }
}

/// A limit of something, for somebody.
pub(in crate::domain) struct Limit {
    limited: Limited,
    /// The text that it stands under.
    key: String,
    /// How often it may be done within that.
    most: i64,
    window: TimeDelta,
    /// The address that it is about: whose it is, is looked up once the limit is used up.
    address: Option<String>,
}

impl Limit {
    /// Of the place that asks; none where it is not known, or where any number may be asked for.
    pub(in crate::domain) fn of_place(limit: PlaceLimit, most: i64) -> Option<Self> {
        let place = RequestContext::current().ip_address.as_deref().map(place_of).filter(|_| most > 0)?;
        Some(Self::of(Limited::Place(limit, place), most, None))
    }

    /// Of an address with this MAC, named from the network that asks.
    pub(in crate::domain) fn of_address(limit: AddressLimit, most: i64, address: &str, mac: &str) -> Self {
        let place = RequestContext::current().ip_address.as_deref().map(place_of);
        let network = network_of(place.as_deref().unwrap_or(NOWHERE));
        Self::of(Limited::Address(limit, mac.to_owned(), Some(network)), most, Some(address.to_owned()))
    }

    /// The same, wherever it is named from.
    pub(in crate::domain) fn of_address_everywhere(limit: AddressLimit, most: i64, address: String, mac: &str) -> Self {
        Self::of(Limited::Address(limit, mac.to_owned(), None), most, Some(address))
    }

    fn of(limited: Limited, most: i64, address: Option<String>) -> Self {
        Self { window: limited.window(), key: Key::Done(limited.clone()).to_string(), limited, most, address }
    }

    /// Counts anew sooner than others of its kind.
    pub(in crate::domain) fn within(mut self, window: TimeDelta) -> Self {
        self.window = self.window.min(window);
        self
    }
}

/// What was counted, as long as it may be given back.
pub(in crate::domain) struct Counted {
    limited: Limited,
    key: String,
    reset_at: DateTime<Utc>,
}

impl Auth {
    /// Counts one more for each of these, or says after how many seconds to come again. Of many at once exactly as many pass
    /// as may. What is refused by one uses up none of the others, but those that count tries.
    pub(in crate::domain) async fn admit_within(&self, limits: &[Limit]) -> Result<Vec<Counted>, AuthError> {
        // A flood that is refused by the first one writes nothing.
        if let Some(first) = limits.first() {
            self.look_within(first).await?;
        }
        self.infra
            .write(Author::ANONYMOUS, async |change| {
                change.unaudited("how often something is done; what comes of it is audited");
                let mut counted = Vec::with_capacity(limits.len());
                for limit in limits {
                    match count_within(change, limit).await? {
                        Ok(one) => counted.push(one),
                        Err(wait) => {
                            give_back(change, &counted).await?;
                            return Ok::<_, DbError>(Err(limit.limited.refused_for(wait)));
                        }
                    }
                }
                Ok(Ok(counted))
            })
            .await?
    }

    /// Gives back what nothing came of. Best effort: without it, it counts.
    pub(in crate::domain) async fn give_back_counted(&self, counted: &[Counted]) {
        let give_back = async |change: &mut Change| {
            change.unaudited("how often something is done; nothing came of it");
            give_back(change, counted).await
        };
        if let Err(error) = self.infra.write(Author::ANONYMOUS, give_back).await {
            tracing::warn!(%error, "what nothing came of is counted all the same");
        }
    }

    async fn look_within(&self, limit: &Limit) -> Result<(), AuthError> {
        let now = self.infra.clock.now();
        let rows = rate_limits::find(self.infra.db.read(), [limit.key.as_str()], now).await?;
        let full = |row: &&rate_limits::Model| row.count >= limit.most && row.reset_at <= latest(limit, now);
        match rows.iter().find(full) {
            Some(row) => Err(limit.limited.refused_for(row.reset_at - now)),
            None => Ok(()),
        }
    }
}

/// The latest end of what is counted now: a later one was set by a clock that was ahead, and counts for nothing.
fn latest(limit: &Limit, now: DateTime<Utc>) -> DateTime<Utc> {
    now + limit.window + ASTRAY
}

/// Counts one more, or says how long to wait.
async fn count_within(change: &Change, limit: &Limit) -> Result<Result<Counted, TimeDelta>, DbError> {
    let (now, window) = (change.now(), limit.window);
    let first = Key::Done(limit.limited.clone()).first(now, now + window);
    let Some(row) = rate_limits::count_within(change, first, limit.most, latest(limit, now)).await? else {
        let full = rate_limits::find(change, [limit.key.as_str()], now).await?.pop();
        return Ok(Err(full.map_or(window, |row| row.reset_at - now)));
    };
    if row.count >= limit.most {
        // The look-up is made for unknown addresses too.
        let owner = match &limit.address {
            Some(address) => identifiers::owner(change, EMAIL, address).await?,
            None => None,
        };
        rate_limits::shut(change, &limit.key, row.reset_at, (change.id(), owner)).await?;
    }
    Ok(Ok(Counted { limited: limit.limited.clone(), key: row.key, reset_at: row.reset_at }))
}

async fn give_back(change: &Change, counted: &[Counted]) -> Result<(), DbError> {
    for Counted { key, reset_at, .. } in counted.iter().filter(|one| !one.limited.is_of_tries()) {
        rate_limits::give_one_back(change, key, *reset_at).await?;
    }
    Ok(())
}
