//! What stands in the log of an organisation, as its administrators read it: what was done to what belongs to it, whoever did it, and
//! nothing else, whatever whoever did it acted for.

use super::organisations::{acting_for, give_inside, organisation_of};
use orion_contracts::api_keys::NewApiKey;
use orion_contracts::audit::{AuditAction, AuditEntry};
use orion_contracts::organisations::OrganisationInvitation;
use orion_contracts::service_accounts::ServiceAccount;
use orion_contracts::{OrganisationId, Page, UserId};
use orion_testkit::{Answer, Client, TestPlatform, TestUser, eventually};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// An organisation of which the first administrator is a member too, and somebody who reads its log.
async fn organisation(orion: &TestPlatform, members: &[&TestUser], reader: &TestUser) -> (OrganisationId, Client) {
    let id = organisation_of(orion, "Engines", members).await;
    give_inside(orion, id, reader, "organisation_admin").await;
    let reading = acting_for(reader, id).await;
    eventually("the role inside", || async { (reading.get("/api/v1/audit").await.status == 200).then_some(()) }).await;
    (id, reading)
}

/// All that somebody reads there, as entries and as the text of the list and of the export.
async fn seen(orion: &TestPlatform, reader: &Client) -> (Vec<AuditEntry>, String) {
    orion.settle().await;
    let listed = reader.get("/api/v1/audit?limit=200").await.expect(200);
    let exported = reader.get("/api/v1/audit/export?format=ndjson").await.expect(200).text;
    let page: Page<AuditEntry> = listed.json();
    assert!(page.next_cursor.is_none() && exported.lines().count() >= page.items.len(), "{exported}");
    let of_exports = |entry: &AuditEntry| entry.action != AuditAction::Export;
    (page.items.into_iter().filter(of_exports).collect(), listed.text + &exported)
}

/// Does something that must be done.
fn done(answer: Answer) -> Answer {
    assert!((200..300).contains(&answer.status), "{answer:?}");
    answer
}

/// What a super administrator does to a person and to the platform.
async fn walk_of_an_administrator(orion: &TestPlatform, acting: &Client, eve: UserId) {
    let user = format!("/api/v1/users/{eve}");
    let personal = json!({ "phone": "+491701234567", "metadata": { "salary": "ninety" }, "tags": ["debtor"] });
    done(acting.patch(&user, personal).await);
    done(acting.patch(&format!("{user}/preferences"), json!({ "custom": { "start_page": "debts" } })).await);
    done(acting.put(&format!("{user}/roles/editor"), json!({})).await);
    done(acting.delete(&format!("{user}/roles/editor")).await);
    let direct = format!("{user}/permissions/users.read");
    done(acting.put(&direct, json!({ "effect": "grant", "condition": "request.mfa" })).await);
    done(acting.delete(&direct).await);
    done(acting.put(&format!("{user}/status"), json!({ "status": "suspended", "reason": "Owes us" })).await);
    done(acting.put(&format!("{user}/status"), json!({ "status": "active", "reason": "Has paid" })).await);
    // Auth hears of it.
    orion.settle().await;
    let order = json!({ "email": "invited@example.com", "invite": true, "display_name": "Debtor" });
    let invited: Value = done(acting.post("/api/v1/users", order).await).json();
    done(acting.delete(&format!("/api/v1/users/{}/invitation", invited["id"].as_str().unwrap())).await);
    let reset = json!({ "end_sessions": false, "reason": "Seen in a leak" });
    done(acting.post(&format!("/api/v1/auth/admin/users/{eve}/password-reset"), reset).await);
    done(acting.delete(&format!("/api/v1/auth/admin/users/{eve}/sessions")).await);
    let role = json!({ "name": "debtors", "display_name": "Debtors", "level": 5, "permissions": [] });
    done(acting.post("/api/v1/roles", role).await);
    done(acting.delete("/api/v1/roles/debtors").await);
    done(acting.patch("/api/v1/permissions/users.read", json!({ "log_decisions": true })).await);
    done(acting.put("/api/v1/settings/users.invitation_days", json!({ "value": 9, "reason": "Debts" })).await);
    let account = json!({ "name": "Debt collector" });
    let account: ServiceAccount = done(acting.post("/api/v1/service-accounts", account).await).json();
    let path = format!("/api/v1/service-accounts/{}", account.id);
    let key = json!({ "name": "Debts", "scopes": ["users.read"] });
    done(acting.post(&format!("{path}/api-keys"), key).await);
    done(acting.delete(&path).await);
    // Decisions, which are logged of this permission now, and questions.
    eventually("decisions are logged", || async {
        done(acting.get(&user).await);
        done(acting.get("/api/v1/users").await);
        let question = json!({ "user_id": eve, "questions": [{ "permission": "users.read" }] });
        done(acting.post("/api/v1/authz/check", question).await);
        let told: Page<AuditEntry> = done(acting.get("/api/v1/audit?action=decide").await).json();
        (told.items.len() > 2).then_some(())
    })
    .await;
    done(acting.get("/api/v1/audit/export?format=csv&action=update").await);
    let order = json!({ "user_id": eve, "reason": "Looks for debts" });
    done(acting.post("/api/v1/auth/impersonations", order).await);
}

/// What somebody does to what is their own.
async fn walk_of_a_member(acting: &Client) {
    let own = json!({ "phone": "+491707654321", "bio": "My salary is eighty." });
    done(acting.patch("/api/v1/users/me", own).await);
    done(acting.patch("/api/v1/users/me/preferences", json!({ "custom": { "start_page": "debts" } })).await);
    let key = json!({ "name": "Debts", "scopes": ["profile.read"] });
    let key: NewApiKey = done(acting.post("/api/v1/api-keys", key).await).json();
    done(acting.post(&format!("/api/v1/api-keys/{}/rotate", key.key.id), json!({})).await);
    done(acting.delete(&format!("/api/v1/api-keys/{}", key.key.id)).await);
    done(acting.post("/api/v1/users/me/email-change", json!({ "email": "debts@example.com" })).await);
    done(acting.delete("/api/v1/users/me/email-change").await);
    let devices: Value = done(acting.get("/api/v1/auth/devices").await).json();
    let device = format!("/api/v1/auth/devices/{}", devices["items"][0]["id"].as_str().unwrap());
    done(acting.patch(&device, json!({ "name": "Debts" })).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_done_to_people_and_the_platform_while_acting_for_an_organisation_stands_in_no_log_of_it() {
    let orion = TestPlatform::start().await;
    let (root, ada) = (orion.administrator().await, orion.user("ada").await);
    let (bob, eve) = (orion.user("bob").await, orion.user("eve").await);
    let (id, reading) = organisation(&orion, &[&ada, &bob], &ada).await;
    let acting = acting_for(root, id).await;
    let members = acting_for(&bob, id).await;
    let (before, _) = seen(&orion, &reading).await;
    assert!(!before.is_empty() && before.iter().all(|entry| entry.organisation_id == Some(id)), "{before:#?}");

    walk_of_an_administrator(&orion, &acting, eve.id).await;
    walk_of_a_member(&members).await;
    // A key for the organisation changes what is its owner's own as well.
    let key = json!({ "name": "Engines", "scopes": ["profile.read", "profile.write"], "organisation_id": id });
    let key: NewApiKey = done(bob.post("/api/v1/api-keys", key).await).json();
    let program = orion.anonymous().with_token(key.secret.expose());
    done(program.patch("/api/v1/users/me", json!({ "phone": "+491700000001" })).await);

    let (after, text) = seen(&orion, &reading).await;
    let new: Vec<_> = after.iter().filter(|entry| !before.contains(entry)).collect();
    // The key is the organisation's; and nothing else of all that.
    assert!(matches!(&new[..], [made] if made.description == "Made an API key"), "{new:#?}");
    let (address, person) = (eve.email.as_str(), eve.id.to_string());
    let marks = ["debt", "Debt", "salary", "+4917", "request.mfa", "Owes", address, person.as_str()];
    assert!(marks.iter().all(|mark| !text.contains(mark)), "{text}");
    for entry in root.get(&format!("/api/v1/audit?about={}&limit=200", eve.id)).await.json::<Page<AuditEntry>>().items {
        let hidden = reading.get(&format!("/api/v1/audit/{}", entry.id)).await;
        assert_eq!(hidden.status, 404, "{entry:#?}");
    }
    // The platform's log has it, by both, and of no organisation.
    for (user, least) in [(root.id, 12), (bob.id, 6)] {
        let log = root.get(&format!("/api/v1/audit?principal={user}&limit=200")).await.expect(200);
        let outside = log.json::<Page<AuditEntry>>().items.into_iter().filter(|entry| entry.organisation_id.is_none());
        let kinds: BTreeSet<_> =
            outside.map(|entry| (entry.object.resource, entry.action.as_str().to_owned())).collect();
        assert!(kinds.len() >= least, "{kinds:#?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_done_to_what_belongs_to_an_organisation_stands_in_its_log_whoever_does_it() {
    let orion = TestPlatform::start().await;
    let (root, ada, bob) = (orion.administrator().await, orion.user("ada").await, orion.user("bob").await);
    let (id, reading) = organisation(&orion, &[&ada, &bob], &ada).await;
    let other = organisation_of(&orion, "Looms", &[&bob]).await;
    let (before, _) = seen(&orion, &reading).await;

    // Nobody of them acts for it: for none, or for another one.
    let elsewhere = acting_for(root, other).await;
    for acting in [&**root, &elsewhere] {
        let key = json!({ "name": "Engines", "scopes": ["profile.read"], "organisation_id": id });
        let made: NewApiKey = done(bob.post("/api/v1/api-keys", key.clone()).await).json();
        let path = format!("/api/v1/api-keys/{}", made.key.id);
        done(bob.patch(&path, json!({ "name": "Renamed" })).await);
        done(bob.post(&format!("{path}/rotate"), json!({})).await);
        done(acting.delete(&path).await);

        let direct = format!("/api/v1/users/{}/permissions/teams.write", bob.id);
        let grant = |condition: Value| json!({ "effect": "grant", "organisation_id": id, "condition": condition });
        done(acting.put(&direct, grant(Value::Null)).await);
        done(acting.put(&direct, grant("request.mfa".into())).await);
        done(acting.delete(&format!("{direct}?organisation_id={id}")).await);

        let account = json!({ "name": "Loom", "organisation_id": id });
        let account: ServiceAccount = done(acting.post("/api/v1/service-accounts", account).await).json();
        let path = format!("/api/v1/service-accounts/{}", account.id);
        done(acting.patch(&path, json!({ "name": "Jacquard" })).await);
        done(acting.delete(&path).await);

        let invitation = json!({ "email": "cyd@example.com" });
        let invitations = format!("/api/v1/organisations/{id}/invitations");
        let invited: OrganisationInvitation = done(acting.post(&invitations, invitation).await).json();
        done(acting.delete(&format!("{invitations}/{}", invited.id)).await);
    }

    let (after, text) = seen(&orion, &reading).await;
    let new: Vec<_> = after.iter().filter(|entry| !before.contains(entry)).collect();
    for (description, times) in [
        ("Made an API key", 2),
        ("Changed an API key", 2),
        ("Gave an API key a new secret", 2),
        ("Revoked an API key", 2),
        ("Gave the permission teams.write", 4),
        ("Took the permission away: teams.write", 2),
        ("Made a service account", 2),
        ("Changed a service account", 2),
        ("Deleted a service account", 2),
        ("Invited somebody to the organisation", 2),
        ("Withdrew the invitation to the organisation", 2),
    ] {
        let found = new.iter().filter(|entry| entry.description == description).count();
        assert_eq!(found, times, "{description}: {new:#?}");
    }
    // Whoever reads it does not read what the platform's conditions are; its own log says it.
    assert!(!text.contains("request.mfa") && text.contains("not told here"), "{text}");
    let log: Page<AuditEntry> = root.get("/api/v1/audit?action=permission_grant&limit=200").await.expect(200).json();
    let told: Vec<_> =
        log.items.iter().filter(|entry| entry.description.ends_with("teams.write, with its condition")).collect();
    let is_told = |entry: &&AuditEntry| entry.new_values.as_ref().unwrap()["condition"] == json!("request.mfa");
    assert!(told.len() == 2 && told.iter().all(is_told), "{log:#?}");
    assert!(told.iter().all(|entry| entry.organisation_id.is_none()), "{told:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_reads_the_log_of_an_organisation_sees_who_exported_it_and_who_took_values_out_of_it() {
    let orion = TestPlatform::start().await;
    let (root, ada) = (orion.administrator().await, orion.user("ada").await);
    let (id, reading) = organisation(&orion, &[&ada], &ada).await;
    let (entries, _) = seen(&orion, &reading).await;
    // All that there is, by somebody who acts for it, is more than its log.
    done(acting_for(root, id).await.get("/api/v1/audit/export?format=csv").await);
    let redaction = format!("/api/v1/audit/{}/redaction", entries[0].id);
    done(root.put(&redaction, json!({ "reason": "Asked for" })).await);
    orion.settle().await;
    let found = async |query: &str| -> Vec<AuditEntry> {
        reading.get(&format!("/api/v1/audit?{query}")).await.expect(200).json::<Page<AuditEntry>>().items
    };
    let exports = found("action=export").await;
    assert!(
        !exports.is_empty() && exports.iter().all(|entry| entry.principal.user_id() == Some(ada.id)),
        "{exports:?}"
    );
    let redacted = found("action=redact").await;
    assert_eq!(redacted.iter().map(|entry| entry.principal.user_id()).collect::<Vec<_>>(), [Some(root.id)]);
}
