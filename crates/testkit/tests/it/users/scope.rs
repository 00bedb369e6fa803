//! What is held for an organisation, treated as what it is and not as the whole platform's. Rows are written by hand: a role that is
//! held everywhere is given inside to nobody, and must open nothing more if it were.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use orion_contracts::audit::AuditEntry;
use orion_contracts::organisations::Organisation;
use orion_contracts::users::User;
use orion_contracts::{Author, OrganisationId, Page, ServiceName};
use orion_infra::DbError;
use orion_infra::db::dialect::statement;
use orion_infra::secrets::Scope;
use orion_testkit::{Client, TestPlatform, TestUser, assert_problem};
use sea_orm::ConnectionTrait;
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// Somebody with the role moderator for an organisation alone, and their token that acts for it.
async fn moderator_of_one(orion: &TestPlatform) -> (TestUser, Client, OrganisationId) {
    let user = orion.user("mona").with_role("moderator").await;
    let root = orion.administrator().await;
    let made = root.post("/api/v1/organisations", json!({ "name": "Engines" })).await.expect(201);
    let organisation = made.json::<Organisation>().id;
    root.put(&format!("/api/v1/organisations/{organisation}/members/{}", user.id), json!({})).await.expect(204);
    let bound = orion.infra(ServiceName::Users).write(Author::PLATFORM, async |change| {
        change.unaudited("a test");
        let update = "UPDATE user_roles SET organisation_id = $1 WHERE user_id = $2 \
                      AND role_id = (SELECT id FROM roles WHERE name = 'moderator')";
        change.execute_raw(statement(change, update, [organisation.0.into(), user.id.0.into()])).await?;
        // And may read the audit log of it.
        let insert = "INSERT INTO user_permissions (id, user_id, permission_id, organisation_id, granted_at) \
                      SELECT $1, $2, id, $3, $4 FROM permissions WHERE name = 'audit.read'";
        let values = [Uuid::from_u128(9).into(), user.id.0.into(), organisation.0.into(), change.now().into()];
        change.execute_raw(statement(change, insert, values)).await?;
        Ok::<_, DbError>(())
    });
    bound.await.unwrap();
    let client = orion.anonymous().with_token(limited(orion, &user, json!({ "org": organisation })).await);
    (user, client, organisation)
}

/// A token as auth will give it to whoever acts for an organisation, or by a credential that is limited.
async fn limited(orion: &TestPlatform, user: &TestUser, claims: Value) -> String {
    let infra = orion.infra(ServiceName::Auth);
    let kid = jsonwebtoken::decode_header(&user.access_token).unwrap().kid.unwrap();
    let select = "SELECT private_key_sealed FROM signing_keys WHERE kid = $1";
    let row = infra.db.read().query_one_raw(statement(infra.db.read(), select, [kid.as_str().into()])).await.unwrap();
    let sealed: String = row.unwrap().try_get("", "private_key_sealed").unwrap();
    let private = infra.secrets.unseal(Scope::AtRest, "signing-key", &kid, &sealed).unwrap();
    let payload = user.access_token.split('.').nth(1).unwrap();
    let mut all: Map<String, Value> = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
    all.extend(claims.as_object().unwrap().clone());
    let mut header = Header::new(Algorithm::ES256);
    (header.typ, header.kid) = (Some("at+jwt".to_owned()), Some(kid));
    jsonwebtoken::encode(&header, &all, &EncodingKey::from_ec_der(&private)).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_gives_no_more_than_its_scope_and_says_so() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let narrow = orion.anonymous().with_token(limited(&orion, root, json!({ "scope": "openid users.read" })).await);
    narrow.get("/api/v1/users").await.expect(200);
    let refused = narrow.get("/api/v1/audit").await;
    assert!(refused.text.contains("The token is limited to less than that"), "{refused:?}");
    assert_problem!(refused, 403, "permission-denied");
    // Nor may it be widened by naming what is not held.
    let bob = orion.user("bob").await;
    let wide = orion.anonymous().with_token(limited(&orion, &bob, json!({ "scope": "users.read" })).await);
    let refused = wide.get("/api/v1/users").await;
    assert!(refused.text.contains("No role of yours gives it"), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_held_for_an_organisation_opens_nothing_of_the_platform() {
    let orion = TestPlatform::start().await;
    let (mona, client, _) = moderator_of_one(&orion).await;
    let other = orion.user("otto").await;
    // Users belong to no organisation.
    assert!(client.get("/api/v1/users").await.expect(200).json::<Page<User>>().items.is_empty());
    let refused = client.get(&format!("/api/v1/users/{}", other.id)).await;
    assert!(refused.text.contains("You hold it for an organisation"), "{refused:?}");
    assert_problem!(refused, 403, "permission-denied");
    for path in [
        "/api/v1/roles",
        "/api/v1/events",
        "/api/v1/audit/verification",
        "/api/v1/audit/checkpoints",
        "/api/v1/audit/links/1",
    ] {
        let refused = client.get(path).await;
        assert!(refused.text.contains("You hold it for an organisation"), "{path}: {refused:?}");
        assert_problem!(refused, 403, "permission-denied");
    }
    // By a session that acts for no organisation nothing is held at all.
    assert_problem!(mona.get("/api/v1/users").await, 403, "permission-denied");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_audit_log_shows_what_was_done_to_an_organisation_to_who_may_read_that() {
    let orion = TestPlatform::start().await;
    let (_, client, organisation) = moderator_of_one(&orion).await;
    // Nobody's but their own, also by somebody who acts for an organisation.
    client.patch("/api/v1/users/me", json!({ "first_name": "Mona" })).await.expect(200);
    orion.settle().await;
    let root = orion.administrator().await;
    let everything = root.get("/api/v1/audit").await.expect(200).json::<Page<AuditEntry>>().items;
    let all = everything.len();
    let seen = client.get("/api/v1/audit").await.expect(200).json::<Page<AuditEntry>>().items;
    assert!(all > seen.len() && seen.iter().all(|entry| entry.organisation_id == Some(organisation)), "{all} {seen:?}");
    let own = seen.first().unwrap();
    let profile = everything.iter().find(|entry| entry.description == "Changed their profile").unwrap();
    assert!(profile.organisation_id.is_none() && !seen.contains(profile), "{profile:?}");
    // By its id an entry is found, and none of others; and what is exported are the same.
    client.get(&format!("/api/v1/audit/{}", own.id)).await.expect(200);
    let foreign = profile;
    assert_problem!(client.get(&format!("/api/v1/audit/{}", foreign.id)).await, 404, "not-found");
    let lines = client.get("/api/v1/audit/export?format=ndjson").await.expect(200).text;
    assert!(lines.lines().count() == seen.len() && lines.contains(&own.id.to_string()), "{lines}");
    // Nor what somebody did and what was done to them: that is more than one look into the log.
    let about = foreign.principal.user_id().or(foreign.object.resource_id.as_ref().and_then(|id| id.parse().ok()));
    let about = client.get(&format!("/api/v1/audit?about={}", about.unwrap())).await.expect(200);
    let about = about.json::<Page<AuditEntry>>().items;
    assert!(about.iter().all(|entry| entry.organisation_id == Some(organisation)), "{about:?}");
    // A filter widens nothing.
    let other = format!("/api/v1/audit?organisation={}", Uuid::from_u128(3));
    assert!(client.get(&other).await.expect(200).json::<Page<AuditEntry>>().items.is_empty());
}
