//! Security events: what a person or an administrator should know about the security of an account.

use super::Auth;
use super::devices::known_name_of;
use super::owners::{Of, Reader, short_word};
pub(super) use super::security_kinds::{FactorKind, SecurityEvent};
use super::security_kinds::{category_of, title_of};
use crate::error::AuthError;
use crate::store::accounts;
use crate::store::identifiers::{self, EMAIL};
use crate::store::security_events::{self, Filter, Model};
use orion_contracts::audit::AuditAction;
use orion_contracts::auth::{AccountOwner, SecurityEvent as Told, SecurityEventKind, SecurityEventQuery, Severity};
use orion_contracts::events::{ImpersonationNoted, SecurityNoted, Warned};
use orion_contracts::users::UserStatus;
use orion_contracts::{Email, Page, SecurityEventId, SessionId, UserId};
use orion_http::page;
use orion_infra::Change;
use orion_infra::audit::AuditRecord;
use orion_infra::request::RequestContext;
use uuid::Uuid;

impl Auth {
    /// Notes that a key was made with which programs act as its owner.
    pub(crate) async fn api_key_created(&self, change: &mut Change, owner: UserId) -> Result<(), AuthError> {
        self.note_of_owner(change, SecurityEvent::ApiKeyCreated, owner).await
    }

    /// Notes that a key has a new secret: whoever has it acts as its owner, as with a new key.
    pub(crate) async fn api_key_rotated(&self, change: &mut Change, owner: UserId) -> Result<(), AuthError> {
        self.note_of_owner(change, SecurityEvent::ApiKeyRotated, owner).await
    }

    /// Notes that a key may do what it might not before.
    pub(crate) async fn api_key_widened(&self, change: &mut Change, owner: UserId) -> Result<(), AuthError> {
        self.note_of_owner(change, SecurityEvent::ApiKeyWidened, owner).await
    }

    /// Notes what became of a key of somebody who has an account: a service account has none.
    async fn note_of_owner(
        &self,
        change: &mut Change,
        event: SecurityEvent<'_>,
        owner: UserId,
    ) -> Result<(), AuthError> {
        match accounts::find(change, owner.0).await? {
            Some(_) => self.note(change, event, Some(owner.0), None).await,
            None => Ok(()),
        }
    }

    /// Writes an event with the change that it belongs to, and tells it: to the console, and by mail to the owner of the account
    /// where it matters. A row has the id of the event that was told, so there is none that was not.
    pub(super) async fn note(
        &self,
        change: &mut Change,
        event: SecurityEvent<'_>,
        user_id: Option<Uuid>,
        session_id: Option<Uuid>,
    ) -> Result<(), AuthError> {
        let kind = event.kind();
        let (severity, title) = (event.severity(), title_of(kind));
        // Looked for where there is no account too, so that it costs the same.
        let warned = self.warned(change, user_id.unwrap_or(Uuid::nil()), kind).await?;
        let request = RequestContext::current();
        // An administrator's device is none of the owner's.
        let is_theirs = change.author().principal.user_id().is_none_or(|author| Some(author.0) == user_id)
            && change.author().actor.is_none();
        let told = SecurityNoted {
            kind: kind.as_str().to_owned(),
            severity,
            user_id: user_id.map(UserId),
            session_id: session_id.map(SessionId),
            device: known_name_of(request.user_agent.as_deref()).filter(|_| is_theirs),
            reset_page: Some(format!("{}/auth/reset", self.identity.issuer().trim_end_matches('/'))),
            warned,
            impersonation: self.impersonation(change, event).await?,
        };
        let about = user_id.unwrap_or_else(|| change.id());
        let id = change.tell(about, 0, told);
        if event.is_unaudited() {
            let mut record = AuditRecord::new(AuditAction::SecurityNote, "account", title);
            record.resource_id = user_id.map(|id| UserId(id).to_string());
            change.audit(record.values(None, Some(event.details())));
        }
        let row = Model {
            id: id.0,
            user_id,
            session_id,
            event_type: kind.as_str().to_owned(),
            event_category: category_of(kind).to_owned(),
            severity: severity.as_str().to_owned(),
            title: title.to_owned(),
            details: event.details().to_string(),
            ip_address: request.ip_address.clone(),
            user_agent: request.user_agent.clone(),
            was_blocked: event.was_blocked(),
            occurred_at: change.now(),
        };
        Ok(security_events::insert(change, row).await?)
    }

    /// Who acts as the owner, in words that the owner knows them by.
    async fn impersonation(
        &self,
        change: &Change,
        event: SecurityEvent<'_>,
    ) -> Result<Option<ImpersonationNoted>, AuthError> {
        let SecurityEvent::Impersonated { actor, reason, until } = event else { return Ok(None) };
        let address = identifiers::find_of(change, actor, EMAIL).await?;
        Ok(Some(ImpersonationNoted {
            actor_id: UserId(actor),
            email: address.and_then(|address| address.value.parse().ok()),
            display_name: accounts::find(change, actor).await?.and_then(|account| account.display_name),
            until,
            reason: reason.to_owned(),
        }))
    }

    /// Who is told by mail. An address that nobody has proven to be theirs is told nothing.
    async fn warned(
        &self,
        change: &Change,
        user_id: Uuid,
        kind: SecurityEventKind,
    ) -> Result<Option<Warned>, AuthError> {
        if !kind.is_mailed() {
            return Ok(None);
        }
        let account = accounts::find(change, user_id).await?;
        let address = identifiers::find_of(change, user_id, EMAIL).await?;
        let (Some(account), Some(address)) = (account, address) else { return Ok(None) };
        let email: Option<Email> = address.value.parse().ok().filter(|_| account.status == UserStatus::Active.as_str());
        Ok(email.map(|email| Warned { email, display_name: account.display_name, locale: account.locale }))
    }

    /// Events, newest first.
    pub(crate) async fn security_events(
        &self,
        reader: Reader<'_>,
        query: &SecurityEventQuery,
    ) -> Result<Page<Told>, AuthError> {
        let limit = page::limit(query.limit)?;
        let filter = Filter {
            user_id: None,
            event_type: query.kind.as_deref().map(|kind| short_word("kind", kind)).transpose()?.map(str::to_owned),
            severity: query.severity.map(Severity::as_str),
            since: query.since,
            until: query.until,
            before: page::decode(query.cursor.as_deref())?,
        };
        let user_id = match self.asked_for(reader, query.user_id, query.email.as_ref()).await? {
            Of::Nobody => return Ok(Page { items: Vec::new(), next_cursor: None }),
            Of::All => None,
            Of::One(user_id) => Some(user_id),
        };
        let filter = Filter { user_id, ..filter };
        let found = security_events::newest(self.infra.db.read_aside(), filter, u64::from(limit) + 1).await?;
        let Page { items, next_cursor } = page::page(found, limit, |event| event.id);
        let owners = self.owners(reader, items.iter().filter_map(|event| event.user_id)).await?;
        let items = items.into_iter().map(|event| {
            let owner = event.user_id.and_then(|id| owners.get(&id).cloned());
            told(event, owner)
        });
        Ok(Page { items: items.collect(), next_cursor })
    }
}

fn told(event: Model, owner: Option<AccountOwner>) -> Told {
    Told {
        id: SecurityEventId(event.id),
        user_id: event.user_id.map(UserId),
        owner,
        session_id: event.session_id.map(SessionId),
        kind: event.event_type,
        category: event.event_category,
        severity: event.severity,
        title: event.title,
        details: serde_json::from_str(&event.details).unwrap_or_default(),
        ip_address: event.ip_address,
        user_agent: event.user_agent,
        was_blocked: event.was_blocked,
        occurred_at: event.occurred_at,
    }
}
