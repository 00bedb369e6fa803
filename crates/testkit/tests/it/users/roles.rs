//! `/api/v1/roles` and `/api/v1/permissions`

use orion_contracts::audit::{AuditAction, AuditEntry};
use orion_contracts::permissions::ALL;
use orion_contracts::users::{PermissionInfo, Role, RoleDetail};
use orion_contracts::{Page, Principal, ServiceName};
use orion_testkit::{PASSWORD, TestPlatform, TestUser, assert_problem};
use sea_orm::ConnectionTrait;
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn roles_and_permissions_are_listed_by_name_in_pages() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let first: Page<Role> = root.get("/api/v1/roles?limit=5").await.json();
    let cursor = first.next_cursor.expect("more");
    let second: Page<Role> = root.get(&format!("/api/v1/roles?limit=5&cursor={cursor}")).await.json();
    assert!(second.next_cursor.is_none());
    let names: Vec<_> = first.items.into_iter().chain(second.items).map(|role| role.name).collect();
    assert_eq!(
        names,
        [
            "admin",
            "editor",
            "guest",
            "moderator",
            "organisation_admin",
            "organisation_member",
            "organisation_owner",
            "super_admin",
            "user",
        ]
    );

    let all: Page<PermissionInfo> = root.get("/api/v1/permissions?limit=200").await.json();
    assert_eq!(all.items.len(), ALL.len());
    assert!(all.items.is_sorted_by(|left, right| left.name < right.name));
    assert!(
        all.items.iter().all(|permission| permission.name == format!("{}.{}", permission.resource, permission.action))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reading_them_needs_the_permission() {
    let orion = TestPlatform::start().await;
    let bob = orion.user("bob").await;
    for path in ["/api/v1/roles", "/api/v1/permissions"] {
        assert_problem!(bob.get(path).await, 403, "permission-denied");
        assert_problem!(orion.administrator().await.get(&format!("{path}?cursor=22")).await, 400, "invalid-cursor");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_may_change_of_roles_and_permissions_follows_the_version_that_starts() {
    let mut orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    root.patch("/api/v1/roles/moderator", json!({ "description": "Ours" })).await.expect(200);
    let (email, write) = (root.email.clone(), orion.infra(ServiceName::Users).db.begin().await.unwrap());
    for sql in [
        "UPDATE permissions SET display_name = 'Old words' WHERE name = 'users.read'",
        "UPDATE roles SET level = 55, parent_id = NULL WHERE name = 'moderator'",
    ] {
        write.execute_unprepared(sql).await.unwrap();
    }
    write.commit().await.unwrap();
    orion.restart().await;
    let root = TestUser::sign_in(&orion.anonymous(), &email, PASSWORD).await;
    let RoleDetail { role, .. } = root.get("/api/v1/roles/moderator").await.expect(200).json();
    assert_eq!((role.level, role.parent.as_deref(), role.description.as_deref()), (60, Some("user"), Some("Ours")));
    let all: Page<PermissionInfo> = root.get("/api/v1/permissions?limit=200").await.json();
    let read = all.items.iter().find(|permission| permission.name == "users.read").expect("the permission");
    assert_ne!(read.display_name, "Old words");
    orion.settle().await;
    let page: Page<AuditEntry> = root.get("/api/v1/audit?limit=200").await.json();
    let by_platform: Vec<_> = page
        .items
        .iter()
        .filter(|entry| entry.principal == Principal::Platform && entry.action == AuditAction::Update)
        .map(|entry| entry.object.resource.as_str())
        .filter(|resource| ["role", "permission"].contains(resource))
        .collect();
    assert_eq!(by_platform.len(), 2, "{by_platform:?}");
}
