//! Going to a provider: what is remembered until the browser comes back, and where it is sent. Nobody else can come back in its place:
//! the state is a secret of this visit (RFC 9700, section 2.1), bound to the browser by a cookie, good once, and over after ten minutes.

use super::step_up::SteppingUp;
use super::{Configured, Discovered};
use crate::domain::Auth;
use crate::error::AuthError;
use crate::provider_config::ProviderKind;
use crate::store::identifiers::{self, EMAIL};
use crate::store::{accounts, provider_visits};
use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use orion_contracts::auth::ProviderLink;
use orion_contracts::users::UserStatus;
use orion_contracts::{Author, Secret, SessionId, UserId};
use orion_http::Caller;
use orion_infra::secrets::{Scope, token_hash};
use serde::{Deserialize, Serialize};
use url::Url;
use uuid::Uuid;

/// How long somebody may be away.
pub(super) const LIFETIME: TimeDelta = TimeDelta::minutes(10);
/// What is sealed in a visit.
pub(super) const SECRETS: &str = "provider-visit";
/// What is sealed in a ticket.
const TICKET: &str = "provider-link";

/// What only ORION knows of a visit.
#[derive(Serialize, Deserialize)]
pub(super) struct VisitSecrets {
    /// RFC 7636.
    pub(super) verifier: Secret,
    /// Comes back within the ID token.
    pub(super) nonce: String,
    /// Where an identity is to be linked: by which session that was asked for, and when.
    pub(super) asked: Option<Asked>,
    /// Where somebody proves once more who they are: for which flow.
    #[serde(default)]
    pub(super) step_up: Option<SteppingUp>,
}

/// By which session a link was asked for, and when.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Asked {
    pub(super) session_id: Option<SessionId>,
    pub(super) at: DateTime<Utc>,
}

/// Who wants to link an identity; sealed, it is what the page of the link is opened with.
#[derive(Serialize, Deserialize)]
pub(crate) struct Ticket {
    user_id: UserId,
    /// The address that the page shows, so that nobody links to an account that is not theirs.
    pub(crate) email: String,
    provider: String,
    asked: Asked,
}

/// For what somebody goes to a provider.
#[derive(Clone, Copy)]
pub(crate) enum Going<'a> {
    /// To sign in.
    SigningIn,
    /// To link an identity.
    Linking(&'a Ticket),
    /// To prove once more who they are.
    SteppingUp(&'a SteppingUp),
}

impl Going<'_> {
    /// Whose account it is for, where that is known.
    fn user_id(self) -> Option<Uuid> {
        match self {
            Self::SigningIn => None,
            Self::Linking(ticket) => Some(ticket.user_id.0),
            Self::SteppingUp(asked) => Some(asked.user_id.0),
        }
    }
}

impl Auth {
    /// Begins a visit: the address at the provider that the browser goes to. `query` is of the page that it began on.
    pub(crate) async fn begin_visit(
        &self,
        name: &str,
        browser: &str,
        query: &str,
        going: Going<'_>,
    ) -> Result<Url, AuthError> {
        self.admit_stranger().await?;
        let provider = self.provider(name)?;
        let discovered = self.discovered(&provider).await?;
        let (state, nonce) = (self.infra.random.token(), self.infra.random.token());
        let secrets = VisitSecrets {
            verifier: Secret::new(self.infra.random.token()),
            nonce,
            asked: match going {
                Going::Linking(ticket) => Some(ticket.asked.clone()),
                Going::SigningIn | Going::SteppingUp(_) => None,
            },
            step_up: match going {
                Going::SteppingUp(asked) => Some(asked.clone()),
                Going::SigningIn | Going::Linking(_) => None,
            },
        };
        let url = self.authorization(&provider, &discovered, &state, &secrets);
        let plain = serde_json::to_vec(&secrets).map_err(|error| AuthError::Defect(format!("a visit: {error}")))?;
        self.infra
            .write(Author::ANONYMOUS, async |change| {
                change.unaudited("somebody goes to a provider; what comes of it is audited");
                let (id, now): (Uuid, _) = (change.id(), change.now());
                let row = provider_visits::Model {
                    id,
                    state_hash: token_hash(&state),
                    browser_hash: token_hash(browser),
                    provider: provider.name.clone(),
                    user_id: going.user_id(),
                    sealed: self.infra.secrets.seal(Scope::AtRest, SECRETS, &id.to_string(), &plain),
                    query: query.to_owned(),
                    name: None,
                    created_at: now,
                    expires_at: now + LIFETIME,
                    used_at: None,
                };
                provider_visits::insert(change, row).await
            })
            .await?;
        Ok(url)
    }

    fn authorization(
        &self,
        provider: &Configured,
        discovered: &Discovered,
        state: &str,
        secrets: &VisitSecrets,
    ) -> Url {
        let config = &provider.config;
        let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, secrets.verifier.expose().as_bytes()));
        let mut url = discovered.metadata.authorization_endpoint.clone();
        let mut query = url.query_pairs_mut();
        query
            .append_pair("response_type", "code")
            .append_pair("client_id", &config.client_id)
            .append_pair("redirect_uri", &self.callback(&provider.name))
            .append_pair("state", state)
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256");
        if !config.scopes().is_empty() {
            query.append_pair("scope", config.scopes());
        }
        if config.is_oidc() {
            query.append_pair("nonce", &secrets.nonce);
        }
        if secrets.step_up.is_some() {
            // What comes of it is looked at when they are back: a browser can take both away.
            query.append_pair("max_age", "0");
            // Google knows no such prompt, and refuses what it does not know.
            if config.kind != ProviderKind::Google {
                query.append_pair("prompt", "login");
            }
            if discovered.metadata.claims_parameter_supported {
                query.append_pair("claims", r#"{"id_token":{"auth_time":{"essential":true}}}"#);
            }
        }
        if config.kind == ProviderKind::Apple {
            // Apple tells name and address in no other way.
            query.append_pair("response_mode", "form_post");
        }
        drop(query);
        url
    }

    /// The page at which the caller links an identity of theirs: another way in, for which they prove what signing in asks of them.
    pub(crate) async fn begin_link(&self, caller: &Caller, name: &str) -> Result<ProviderLink, AuthError> {
        let provider = self.provider(name)?;
        self.demand_proven_session(self.infra.db.read(), caller).await?;
        let account = accounts::find(self.infra.db.read(), caller.user_id().0).await?.ok_or(AuthError::UserNotFound)?;
        // Whoever registered an address that is not verified yet may be somebody else.
        if account.status()? != UserStatus::Active {
            return Err(AuthError::NotActive);
        }
        let email = identifiers::find_of(self.infra.db.read(), caller.user_id().0, EMAIL).await?;
        let ticket = Ticket {
            user_id: caller.user_id(),
            email: email.map(|email| email.value).unwrap_or_default(),
            provider: provider.name.clone(),
            asked: Asked { session_id: caller.session_id(), at: self.infra.clock.now() },
        };
        let plain = serde_json::to_vec(&ticket).map_err(|error| AuthError::Defect(format!("a ticket: {error}")))?;
        let ticket = self.infra.secrets.seal(Scope::AtRest, TICKET, name, &plain);
        Ok(ProviderLink { url: self.provider_page(name, "link", &ticket)? })
    }

    /// What a ticket says, as long as it is good.
    pub(crate) fn ticket(&self, name: &str, sealed: &str) -> Result<Ticket, AuthError> {
        let plain = self.infra.secrets.unseal(Scope::AtRest, TICKET, name, sealed).ok();
        let ticket: Option<Ticket> = plain.and_then(|plain| serde_json::from_slice(&plain).ok());
        let now = self.infra.clock.now();
        ticket.filter(|ticket| ticket.provider == name && now < ticket.asked.at + LIFETIME).ok_or(AuthError::FlowOver)
    }
}
