//! What every process knows of identities: signing keys, revocations, roles and a bounded cache of grants. Kept fresh
//! over the bus; read from their owners at start and whenever the bus was away.

mod access;
mod api_keys;
mod conditions;
mod decision;
mod grants;
mod keys;
mod refresh;
mod refusals;
mod revocations;
mod uses;

pub use access::{Access, Bounds, KnownRoles};
pub use api_keys::{KeyRefused, KnownKey};
pub use conditions::{Attributes, Circumstances, Held, StepUp, grant_condition};
pub use decision::{Bearing, BearingState, Decision, Grant, Object, Place, Refusal, Scope};
pub use grants::{AccessChange, GrantCache};
pub use keys::{Candidate, InvalidToken, Keys, LEEWAY, Verification};
pub(crate) use refusals::Room;
pub use revocations::Revocations;

use crate::caller::Caller;
use crate::snapshot::Snapshot;
use api_keys::{Asking, KeyCache};
use orion_contracts::bus::{BusMessage, Revocation};
use orion_contracts::{AccessClaims, OrganisationId, Permission, Problem, UserId};
use orion_infra::Infra;
use std::sync::Arc;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

/// A process's knowledge of identities. Cloning shares it.
#[derive(Clone)]
pub struct Identity(Arc<Inner>);

struct Inner {
    infra: Infra,
    issuer: String,
    audience: String,
    keys: Arc<Snapshot<Keys>>,
    revocations: Arc<Snapshot<Revocations>>,
    grants: GrantCache,
    api_keys: KeyCache,
    uses: uses::Uses,
    refusals: refusals::Refusals,
    state: refresh::State,
}

/// Who issues tokens, and for whom.
#[derive(Debug, Clone)]
pub struct TokenParty {
    /// `iss`: the platform's public URL.
    pub issuer: String,
    /// `aud`.
    pub audience: String,
}

impl Identity {
    /// Knows nothing yet; [`Identity::run`] learns.
    pub fn new(infra: Infra, party: TokenParty) -> Self {
        let bus = infra.bus.clone();
        let inner = Arc::new(Inner {
            grants: GrantCache::new(&infra.metrics),
            api_keys: KeyCache::new(party.issuer.clone(), party.audience.clone()),
            uses: uses::Uses::default(),
            refusals: refusals::Refusals::default(),
            infra,
            issuer: party.issuer,
            audience: party.audience,
            keys: Snapshot::new(Keys::default()),
            revocations: Snapshot::new(Revocations::default()),
            state: refresh::State::default(),
        });
        // What this process revokes it refuses before it answers; all others hear it over the bus.
        let follower = Arc::downgrade(&inner);
        bus.follow(move |message| {
            let Some(inner) = follower.upgrade() else { return };
            match message {
                BusMessage::Revoked(line) => inner.revoke(line),
                BusMessage::GrantsChanged { user_id, .. } => inner.grants.outdate(*user_id),
                _ => {}
            }
        });
        Self(inner)
    }

    /// The claims of a token that is genuine, current and not revoked.
    pub fn verify(&self, token: &str) -> Result<AccessClaims, InvalidToken> {
        let inner = &self.0;
        let now = inner.infra.clock.now();
        let expected = Verification { issuer: &inner.issuer, audience: &inner.audience, now };
        let claims = inner.keys.get().verify(token, &expected)?;
        if inner.revocations.get().refuse(&claims) { Err(InvalidToken::Revoked) } else { Ok(claims) }
    }

    /// The API key that a text is, if it is one that holds. `may_ask` is asked before one that is not known here is looked up.
    pub async fn api_key(&self, text: &str, may_ask: impl FnOnce() -> bool) -> Result<Arc<KnownKey>, KeyRefused> {
        self.0.api_keys.find(text, &self.asking(), may_ask).await
    }

    /// Counts a use of a key. It is written down within a minute or two.
    pub fn used(&self, key: &KnownKey) {
        self.0.uses.add(key.facts.id, self.0.infra.clock.now());
    }

    /// Counts a refusal that is to be logged, and says whether it is.
    pub(crate) fn refused(&self, caller: UserId, permission: Permission) -> Room {
        self.0.refusals.count(caller, permission, self.0.infra.clock.now())
    }

    /// Refuses a caller whose session or key has ended since they were let in.
    pub async fn refuse_ended(&self, caller: &Caller) -> Result<(), Problem> {
        match &caller.key {
            Some(key) => Ok(self.0.api_keys.again(key, &self.asking()).await.map(drop)?),
            None if self.0.revocations.get().refuse(&caller.claims) => Err(Problem::invalid_token()),
            None => Ok(()),
        }
    }

    fn asking(&self) -> Asking<'_> {
        let inner = &self.0;
        Asking { grants: &inner.grants, peers: &inner.infra.peers, now: inner.infra.clock.now() }
    }

    /// What the token's subject may do.
    pub async fn access(&self, claims: &AccessClaims) -> Result<Access, Problem> {
        let inner = &self.0;
        let roles = inner.grants.roles().ok_or_else(|| Problem::unavailable().detail("Roles are not known yet."))?;
        let grants = inner.grants.of(claims.sub, &inner.infra.peers).await?;
        let (bounds, now) = (Bounds::from(claims), inner.infra.clock.now());
        let own = Access::new(grants, Arc::clone(&roles), bounds, now).logging(inner.grants.logged());
        let Some(actor) = &claims.act else { return Ok(own) };
        let grants = inner.grants.of(actor.sub, &inner.infra.peers).await?;
        Ok(own.by(Access::new(grants, roles, bounds, now)))
    }

    /// Whether somebody belongs to an organisation.
    pub async fn belongs(&self, user: UserId, organisation: OrganisationId) -> Result<bool, Problem> {
        let inner = &self.0;
        let held = inner.grants.of(user, &inner.infra.peers).await?;
        Ok(held.grants.organisations.contains(&organisation))
    }

    /// Those of these names that no role has which is valid everywhere; none while roles are not known.
    pub fn unknown_roles<'a>(&self, names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
        let Some(roles) = self.0.grants.roles() else { return Vec::new() };
        let is_known =
            |name: &&str| roles.values().any(|known| known.role.organisation_id.is_none() && known.role.name == *name);
        names.filter(|name| !is_known(name)).collect()
    }

    /// Changes of what subjects may do, for whoever acts for somebody over a longer time.
    pub fn access_changes(&self) -> broadcast::Receiver<AccessChange> {
        self.0.grants.changes()
    }

    /// Signing keys, to be followed.
    pub fn keys(&self) -> &Arc<Snapshot<Keys>> {
        &self.0.keys
    }

    /// Revocations, to be followed.
    pub fn revocations(&self) -> &Arc<Snapshot<Revocations>> {
        &self.0.revocations
    }

    /// `iss` that tokens must have.
    pub fn issuer(&self) -> &str {
        &self.0.issuer
    }

    /// `aud` that tokens must have.
    pub fn audience(&self) -> &str {
        &self.0.audience
    }

    /// Whether enough is known to decide about requests; the text says what is missing.
    pub fn check(&self) -> Result<(), String> {
        self.0.state.check()
    }

    /// Learns and stays fresh until told to stop. Run it once per process.
    pub async fn run(&self, stop: CancellationToken) {
        tokio::join!(refresh::run(&self.0, stop.clone()), uses::run(&self.0, stop));
    }
}

impl Inner {
    fn revoke(&self, line: &Revocation) {
        self.revocations.update(|known| {
            let mut next = known.clone();
            next.add(line);
            next
        });
    }
}
