//! Who looks at a page of ours that has to know. Sign-ins on the pages begin no session, so such a page is to the sign-in what a
//! product is: it is come back to with a code, which is bound to the browser's secret and proves the person. What the page keeps is
//! good for this browser alone, a quarter of an hour, and as long as nothing voids the sign-ins of the account.

use super::Auth;
use super::flows::Return;
use super::sign_in_codes::CodeChallenge;
use crate::error::AuthError;
use crate::store::identifiers::EMAIL;
use crate::store::{accounts, identifiers};
use chrono::TimeDelta;
use orion_contracts::organisations::invitation_page;
use orion_contracts::users::UserStatus;
use orion_contracts::{OrganisationInvitationId, Secret, UserId};
use orion_infra::secrets::Scope;
use url::Url;
use uuid::Uuid;

/// How long somebody is known to a page, in seconds.
pub(crate) const KNOWN_SECONDS: u64 = 900;
/// What the verifiers of codes for our own pages are made for.
const VERIFIER: &[&str] = &["page-visitor-verifier"];
/// What marks who looks at a page.
const VISITOR: &[&str] = &["page-visitor"];

/// Somebody who has signed in to look at a page.
#[derive(Debug, Clone)]
pub(crate) struct PageVisitor {
    pub(crate) user_id: UserId,
    /// Their address of now.
    pub(crate) email: String,
    /// Whether they have proven that it is theirs.
    pub(crate) is_verified: bool,
}

impl Auth {
    /// The address of the page on which an invitation is answered.
    pub(crate) fn invitation_page(&self, id: OrganisationInvitationId) -> String {
        format!("{}{}", self.issuer().trim_end_matches('/'), invitation_page(id))
    }

    /// Where a sign-in leads that a page of ours waits for, when the address is that of one, letter by letter. Whatever else the
    /// browser says, the code is bound to this browser.
    pub(crate) fn own_return(&self, to: &str, browser: &str) -> Option<Return> {
        let challenge = CodeChallenge::of(&self.verifier(browser));
        self.own_page(to).map(|to| Return { to, challenge, state: None })
    }

    /// The page of ours at this address that may be come back to.
    pub(super) fn own_page(&self, address: &str) -> Option<Url> {
        let (_, id) = address.split_once("?id=")?;
        let own = self.invitation_page(id.parse().ok()?);
        (own == address).then(|| Url::parse(&own).ok()).flatten()
    }

    /// Whether a sign-in leads to a page of ours, and to no product.
    pub(crate) fn is_own(&self, back: &Return) -> bool {
        self.own_page(back.to.as_str()).is_some()
    }

    fn verifier(&self, browser: &str) -> String {
        self.infra.secrets.mac(Scope::AtRest, VERIFIER, browser.as_bytes())
    }

    /// Uses up the code with which a browser has come back to a page of ours; what it is to keep.
    pub(crate) async fn arrive_at_page(&self, code: &str, browser: &str) -> Result<String, AuthError> {
        let code = self.use_up_code(&Secret::new(code), &self.verifier(browser)).await?;
        let (user_id, epoch, device) = (code.user_id, code.sign_in_epoch, code.device_id.unwrap_or(Uuid::nil()));
        let until = self.infra.clock.now() + TimeDelta::seconds(KNOWN_SECONDS.cast_signed());
        let told = format!("{user_id}.{epoch}.{device}.{}", until.timestamp());
        Ok(format!("{told}.{}", self.infra.secrets.mac(Scope::AtRest, VISITOR, &marked(&told, browser))))
    }

    /// Who looks, by what their browser has kept; nobody once they may not sign in, the sign-in is void, or what they
    /// signed in from was blocked or forgotten.
    pub(crate) async fn page_visitor(&self, kept: &str, browser: &str) -> Result<Option<PageVisitor>, AuthError> {
        let mut parts = kept.splitn(5, '.');
        let mut next = || parts.next().unwrap_or_default();
        let (user, epoch, device, until, mac) = (next(), next(), next(), next(), next());
        let told = format!("{user}.{epoch}.{device}.{until}");
        if !self.infra.secrets.verify(Scope::AtRest, VISITOR, &marked(&told, browser), mac) {
            return Ok(None);
        }
        let (Ok(user_id), Ok(device)) = (user.parse::<Uuid>(), device.parse::<Uuid>()) else { return Ok(None) };
        let (Ok(epoch), Ok(until)) = (epoch.parse::<i64>(), until.parse::<i64>()) else { return Ok(None) };
        let (db, now) = (self.infra.db.read(), self.infra.clock.now().timestamp());
        let account = accounts::find(db, user_id).await?;
        let Some(account) = account.filter(|account| now < until && account.sign_in_epoch == epoch) else {
            return Ok(None);
        };
        if self.is_gone(db, user_id, Some(device).filter(|device| !device.is_nil())).await? {
            return Ok(None);
        }
        let is_verified = match account.status()? {
            UserStatus::Active => true,
            UserStatus::PendingVerification => false,
            UserStatus::Inactive | UserStatus::Suspended | UserStatus::Deleted => return Ok(None),
        };
        let address = identifiers::find_of(db, user_id, EMAIL).await?;
        Ok(address.map(|address| PageVisitor { user_id: UserId(user_id), email: address.value, is_verified }))
    }
}

/// What is marked: who it is, in which browser.
fn marked(told: &str, browser: &str) -> Vec<u8> {
    format!("{told}.{browser}").into_bytes()
}
