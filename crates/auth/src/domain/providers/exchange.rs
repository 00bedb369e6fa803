//! The code that a browser brings back, exchanged for what the provider tells (RFC 6749, section 4.1.3).

use super::visit::VisitSecrets;
use super::{Configured, Discovered, Person, away, broken};
use crate::domain::Auth;
use crate::error::AuthError;
use crate::provider_config::ProviderKind;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use orion_contracts::Secret;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

/// How long Apple takes a client's secret, in seconds.
const MINUTES: i64 = 300;

/// What a provider gives for a code.
#[derive(Deserialize)]
pub(super) struct Given {
    pub(super) access_token: Secret,
    pub(super) id_token: Option<Secret>,
    refresh_token: Option<Secret>,
    /// Seconds; some write them as a text.
    expires_in: Option<serde_json::Value>,
}

impl Given {
    /// For how many seconds it lives, where that is said.
    fn lives(&self) -> Option<i64> {
        let told = self.expires_in.as_ref()?;
        told.as_i64().or_else(|| told.as_str()?.parse().ok())
    }
}

impl Auth {
    /// Who somebody is, by the code that they have brought.
    pub(super) async fn exchange(
        &self,
        provider: &Configured,
        discovered: Arc<Discovered>,
        code: &str,
        secrets: &VisitSecrets,
    ) -> Result<Person, AuthError> {
        let given = self.given(provider, &discovered, code, secrets).await?;
        let tokens = json!({
            "access_token": given.access_token.expose(),
            "refresh_token": given.refresh_token.as_ref().map(Secret::expose),
            "expires_at": given.lives().map(|seconds| self.infra.clock.now().timestamp().saturating_add(seconds)),
        });
        let person = match provider.config.is_oidc() {
            true => {
                let token = given.id_token.as_ref().ok_or_else(|| broken(&provider.name, "it gave no ID token"))?;
                let person = self.read_id_token(provider, &discovered, token, &secrets.nonce).await?;
                self.completed(provider, &discovered, person, &given.access_token).await?
            }
            false => self.profile(provider, &discovered, &given.access_token).await?,
        };
        Ok(Person { tokens: tokens.to_string(), ..person })
    }

    async fn given(
        &self,
        provider: &Configured,
        discovered: &Discovered,
        code: &str,
        secrets: &VisitSecrets,
    ) -> Result<Given, AuthError> {
        let (config, callback) = (&provider.config, self.callback(&provider.name));
        let client_secret = match config.kind {
            ProviderKind::Apple => self.signed_secret(provider)?,
            _ => config.client_secret.clone(),
        };
        let methods = discovered.metadata.token_endpoint_auth_methods_supported.as_deref();
        let takes_post = methods.is_some_and(|methods| methods.iter().any(|method| method == "client_secret_post"));
        let mut fields = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", callback.as_str()),
            ("code_verifier", secrets.verifier.expose()),
        ];
        let basic = match takes_post {
            true => {
                fields.extend([("client_id", config.client_id.as_str()), ("client_secret", client_secret.expose())]);
                None
            }
            false => Some((config.client_id.as_str(), &client_secret)),
        };
        let answer = self.infra.egress.post_form(&discovered.metadata.token_endpoint, basic, &fields).await;
        let answer = answer.map_err(|error| away(&provider.name, &error))?;
        if answer.status >= 500 {
            return Err(AuthError::ProviderAway);
        }
        // GitHub says with 200 what is wrong.
        serde_json::from_slice(&answer.body).map_err(|_| {
            let refusal: serde_json::Value = serde_json::from_slice(&answer.body).unwrap_or_default();
            let error = refusal["error"].as_str().unwrap_or("nothing that can be read");
            broken(&provider.name, &format!("it exchanged no code: {}, {}", answer.status, error.escape_debug()))
        })
    }

    /// Apple's client proves itself by a signature in the place of a secret.
    fn signed_secret(&self, provider: &Configured) -> Result<Secret, AuthError> {
        let config = &provider.config;
        let unfit = |error| broken(&provider.name, &format!("its private_key cannot be used: {error}"));
        let key = EncodingKey::from_ec_pem(config.private_key.expose().as_bytes()).map_err(unfit)?;
        let now = self.infra.clock.now().timestamp();
        let header = Header { kid: Some(config.key_id.clone()), ..Header::new(Algorithm::ES256) };
        let claims = json!({
            "iss": config.team_id, "iat": now, "exp": now + MINUTES, "aud": config.issuer(), "sub": config.client_id,
        });
        Ok(Secret::new(jsonwebtoken::encode(&header, &claims, &key).map_err(unfit)?))
    }
}
