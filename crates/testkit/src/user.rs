//! People who use the platform.

use crate::client::Client;
use crate::platform::TestPlatform;
use orion_contracts::auth::TokenResponse;
use orion_contracts::{SessionId, UserId};
use serde_json::json;
use std::future::IntoFuture;
use std::pin::Pin;

/// Everybody's password in tests.
pub const PASSWORD: &str = "correct horse battery staple";

/// Somebody who is signed in.
#[derive(Clone)]
pub struct TestUser {
    pub id: UserId,
    pub email: String,
    pub session_id: SessionId,
    pub access_token: String,
    pub refresh_token: String,
    client: Client,
}

impl std::ops::Deref for TestUser {
    type Target = Client;
    fn deref(&self) -> &Client {
        &self.client
    }
}

impl TestUser {
    /// Signs in.
    pub async fn sign_in(anonymous: &Client, email: &str, password: &str) -> Self {
        let answer = anonymous.post("/api/v1/auth/login", json!({ "email": email, "password": password })).await;
        let tokens: TokenResponse = answer.json();
        let access_token = tokens.access_token.expose().to_owned();
        Self {
            id: tokens.user_id,
            email: email.to_owned(),
            session_id: tokens.session_id,
            client: anonymous.with_token(&access_token),
            access_token,
            refresh_token: tokens.refresh_token.expose().to_owned(),
        }
    }
}

/// A person to be registered, verified and given roles.
pub struct UserBuilder<'a> {
    platform: &'a TestPlatform,
    email: String,
    verified: bool,
    roles: Vec<&'a str>,
}

impl<'a> UserBuilder<'a> {
    pub(crate) fn new(platform: &'a TestPlatform, name: &str) -> Self {
        let email = if name.contains('@') { name.to_owned() } else { format!("{name}@example.com") };
        Self { platform, email, verified: true, roles: Vec::new() }
    }

    /// Leaves the address unverified: the person signs in as a guest.
    #[must_use]
    pub fn unverified(mut self) -> Self {
        self.verified = false;
        self
    }

    /// Gives a role, by the first administrator.
    #[must_use]
    pub fn with_role(mut self, role: &'a str) -> Self {
        self.roles.push(role);
        self
    }

    async fn make(self) -> TestUser {
        let Self { platform, email, verified, roles } = self;
        let anonymous = platform.anonymous();
        let order = json!({ "email": email, "password": PASSWORD });
        let known = platform.mailbox.to(&email).await.len();
        anonymous.post("/api/v1/auth/register", order).await.expect(201);
        // The account is there before its mail.
        let token = platform.mailbox.verification_token_after(&email, known).await;
        if verified {
            let order = json!({ "token": token, "password": PASSWORD });
            anonymous.post("/api/v1/auth/verify-email", order).await.expect(204);
        }
        let user = TestUser::sign_in(&anonymous, &email, PASSWORD).await;
        for role in roles {
            let path = format!("/api/v1/users/{}/roles/{role}", user.id);
            platform.administrator().await.put(&path, json!({})).await.expect(204);
        }
        user
    }
}

impl<'a> IntoFuture for UserBuilder<'a> {
    type Output = TestUser;
    type IntoFuture = Pin<Box<dyn Future<Output = TestUser> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.make())
    }
}
