//! Roles of the scope `team`: what they give of a team, by whom they are given, and how they end.

mod ends;
mod gives;

use crate::users::organisations::ORGANISATIONS;
use orion_contracts::audit::AuditEntry;
use orion_contracts::organisations::OrganisationMember;
use orion_contracts::teams::Team;
use orion_contracts::{OrganisationId, Page, ServiceName, TeamId, UserId};
use orion_infra::db::dialect::statement;
use orion_testkit::{Client, TestPlatform, TestUser, eventually};
use sea_orm::{ConnectionTrait, Value as Bound};
use serde_json::{Value, json};

/// Makes a role of the scope `team`.
async fn role(orion: &TestPlatform, name: &str, level: i64, permissions: &[&str]) {
    let role =
        json!({ "name": name, "display_name": name, "scope": "team", "level": level, "permissions": permissions });
    orion.administrator().await.post("/api/v1/roles", role).await.expect(201);
}

/// A team of an organisation with members.
async fn team(orion: &TestPlatform, id: OrganisationId, name: &str, members: &[&TestUser]) -> TeamId {
    let root = orion.administrator().await;
    let teams = format!("{ORGANISATIONS}/{id}/teams");
    let team: Team = root.post(&teams, json!({ "name": name })).await.expect(201).json();
    for member in members {
        root.put(&format!("{teams}/{}/members/{}", team.id, member.id), json!({})).await.expect(204);
    }
    team.id
}

fn path(id: OrganisationId, user: UserId, role: &str) -> String {
    format!("{ORGANISATIONS}/{id}/members/{user}/roles/{role}")
}

fn of(team: TeamId) -> Value {
    json!({ "team_id": team })
}

/// What each of somebody's roles inside is held for.
async fn inside(who: &Client, id: OrganisationId, user: UserId) -> Vec<(String, Option<String>)> {
    let member: OrganisationMember = who.get(&format!("{ORGANISATIONS}/{id}/members/{user}")).await.expect(200).json();
    member.roles.into_iter().map(|held| (held.role, held.team_name)).collect()
}

/// Renames a team until that is answered so.
async fn renaming_comes_to(who: &Client, id: OrganisationId, team: TeamId, status: u16) {
    let path = format!("{ORGANISATIONS}/{id}/teams/{team}");
    eventually("what holds now", || async {
        let renamed = who.patch(&path, json!({ "description": "Anew." })).await;
        (renamed.status == status).then_some(())
    })
    .await;
}

/// Changes what stands in the tables past the service.
async fn execute<const N: usize>(orion: &TestPlatform, sql: &str, values: [Bound; N]) {
    let db = orion.infra(ServiceName::Users).db.begin().await.unwrap();
    db.execute_raw(statement(&db, sql, values)).await.unwrap();
    db.commit().await.unwrap();
}

/// What the log keeps of what stood there before the last change that is described so.
async fn lost(orion: &TestPlatform, id: OrganisationId, description: &str) -> Value {
    orion.settle().await;
    let root = orion.administrator().await;
    let log: Page<AuditEntry> = root.get(&format!("/api/v1/audit?organisation={id}")).await.expect(200).json();
    let entry = log.items.into_iter().find(|entry| entry.description == description);
    entry.and_then(|entry| entry.old_values).unwrap_or_else(|| panic!("{description}"))
}
