//! What a flow still needs, by what its account has and what policy demands at this moment.

use super::{Factor, Flow};
use crate::domain::Auth;
use crate::error::AuthError;
use crate::store::{accounts, credentials, oauth_providers, passkeys};
use orion_contracts::auth::{FlowMethod, FlowPurpose, FlowStep, Provider};
use orion_contracts::users::UserStatus;
use orion_infra::Change;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

/// What is still needed.
pub(super) struct Need {
    pub(super) step: FlowStep,
    pub(super) methods: Vec<FlowMethod>,
    /// At which providers it can be done, where one of the methods is that.
    pub(super) providers: Vec<Provider>,
}

impl Need {
    pub(super) const fn of(step: FlowStep, methods: Vec<FlowMethod>) -> Self {
        Self { step, methods, providers: Vec::new() }
    }

    /// Of a flow of nobody yet: a passkey says whose it is.
    pub(super) fn of_nobody() -> Self {
        Self::of(FlowStep::FirstFactor, vec![FlowMethod::Passkey])
    }
}

impl Auth {
    /// What a flow still needs; nothing, when it can be finished.
    pub(super) async fn need(
        &self,
        connection: &impl ConnectionTrait,
        flow: &Flow,
        account: &accounts::Model,
    ) -> Result<Option<Need>, AuthError> {
        let need = |step, methods| Ok(Some(Need::of(step, methods)));
        // What was proven before a new password, or with a factor that is gone, proves nothing more.
        if flow.row.sign_in_epoch != account.sign_in_epoch {
            return Err(AuthError::FlowOver);
        }
        if !flow.has_begun() {
            return self.first_factors(connection, account.user_id).await.map(Some);
        }
        let is_sign_in = flow.purpose() != FlowPurpose::StepUp;
        if !flow.has_second_factor() {
            let enrolled = self.second_factors(connection, account.user_id).await?;
            if !enrolled.is_empty() && is_sign_in && self.is_trusted(connection, flow).await? {
                // Where it was trusted the second factor was proven before.
            } else if !enrolled.is_empty() {
                return need(FlowStep::SecondFactor, enrolled);
            } else if self.demands_second_factor(account)? {
                return need(
                    FlowStep::EnrolSecondFactor,
                    vec![FlowMethod::TotpEnrolment, FlowMethod::PasskeyEnrolment],
                );
            }
        }
        if flow.is_offering() {
            return need(FlowStep::EnrolSecondFactor, vec![FlowMethod::TotpEnrolment]);
        }
        if flow.has_unkept_codes() {
            return need(FlowStep::KeepBackupCodes, vec![FlowMethod::KeptBackupCodes]);
        }
        if is_sign_in && !flow.factors.contains(&Factor::NewPassword) {
            let found = match &flow.known.credential {
                Some(_) => None,
                None => credentials::find(connection, account.user_id).await?,
            };
            let has_to = match flow.known.credential.as_ref().or(found.as_ref()) {
                Some(credential) if !credential.must_change && !credential.suits_alone => {
                    self.second_factors(connection, account.user_id).await?.is_empty()
                }
                Some(credential) => credential.must_change,
                None => false,
            };
            if has_to {
                return need(FlowStep::NewPassword, vec![FlowMethod::NewPassword]);
            }
        }
        Ok(None)
    }

    /// By what a flow of this account can begin. A provider is one only where it tells when somebody has signed in there.
    pub(super) async fn first_factors(
        &self,
        connection: &impl ConnectionTrait,
        user_id: Uuid,
    ) -> Result<Need, AuthError> {
        let has_password = credentials::find(connection, user_id).await?.is_some();
        let has_passkey = passkeys::count_of(connection, user_id).await? > 0;
        let providers = self.telling_providers(&oauth_providers::of(connection, user_id).await?);
        let methods = [
            (has_password, FlowMethod::Password),
            (has_passkey, FlowMethod::Passkey),
            (!providers.is_empty(), FlowMethod::Provider),
        ];
        let methods = methods.into_iter().filter_map(|(has, method)| has.then_some(method)).collect();
        Ok(Need { step: FlowStep::FirstFactor, methods, providers })
    }

    /// Whether a role of the account may not be used with one factor alone. A guest has nothing to protect yet.
    pub(in crate::domain) fn demands_second_factor(&self, account: &accounts::Model) -> Result<bool, AuthError> {
        let config = self.config.get();
        let roles = account.roles();
        let demands = config.second_factor_roles().any(|role| roles.iter().any(|held| held == role));
        Ok(demands && account.status()? == UserStatus::Active)
    }

    /// Whether a flow asks for this step now.
    pub(super) async fn is_asked_for(&self, change: &Change, flow: &Flow, step: FlowStep) -> Result<bool, AuthError> {
        let account = accounts::find(change, flow.user()?).await?.ok_or(AuthError::FlowOver)?;
        Ok(self.need(change, flow, &account).await?.is_some_and(|need| need.step == step))
    }

    /// Refuses a step that the flow does not ask for.
    pub(super) async fn demand(&self, flow: &Flow, step: FlowStep) -> Result<(), AuthError> {
        self.demand_one_of(flow, &[step]).await
    }

    /// The same, of a step that proves one thing at two of them.
    pub(super) async fn demand_one_of(&self, flow: &Flow, steps: &[FlowStep]) -> Result<(), AuthError> {
        let db = self.infra.db.read();
        let account = accounts::find(db, flow.user()?).await?.ok_or(AuthError::FlowOver)?;
        match self.need(db, flow, &account).await? {
            Some(need) if steps.contains(&need.step) => Ok(()),
            _ => Err(AuthError::NotAskedFor),
        }
    }

    /// Refuses what is no way to do the next step.
    pub(super) async fn demand_method(&self, flow: &Flow, method: FlowMethod) -> Result<(), AuthError> {
        let db = self.infra.db.read();
        let account = accounts::find(db, flow.user()?).await?.ok_or(AuthError::FlowOver)?;
        match self.need(db, flow, &account).await? {
            Some(need) if need.methods.contains(&method) => Ok(()),
            _ => Err(AuthError::NotAskedFor),
        }
    }
}
