//! `/api/v1/roles` and `/api/v1/permissions`

use orion_contracts::Page;
use orion_contracts::permissions::ALL;
use orion_contracts::users::{PermissionInfo, Role};
use orion_testkit::{TestPlatform, assert_problem};

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
