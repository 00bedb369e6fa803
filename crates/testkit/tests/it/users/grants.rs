//! Internal: what every process knows of permissions.

use super::{new_id, pending, problem, put};
use orion_contracts::ServiceName;
use orion_contracts::internal::{FindGrants, ListRoles, Nothing};
use orion_contracts::permissions::ALL;
use orion_contracts::users::RoleCatalogue;
use orion_testkit::TestPlatform;

async fn catalogue(orion: &TestPlatform) -> RoleCatalogue {
    orion.infra(ServiceName::Gateway).peers.call(&ListRoles {}, &Nothing {}).await.expect("the catalogue")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subject_holds_the_roles_given_and_nobody_holds_nothing() {
    let orion = TestPlatform::start().await;
    let id = new_id(&orion);
    put(&orion, id, &pending("ann@example.com")).await.expect("created");
    let peers = &orion.infra(ServiceName::Gateway).peers;
    let grants = peers.call(&FindGrants { sub: id }, &Nothing {}).await.expect("grants");
    let roles = catalogue(&orion).await.roles;
    let guest = roles.iter().find(|role| role.name == "guest").expect("seeded");
    assert_eq!((grants.user_id, grants.active), (id, true));
    assert_eq!(grants.roles.iter().map(|grant| grant.role_id).collect::<Vec<_>>(), [guest.id]);
    assert!(grants.permissions.is_empty());
    let nobody = peers.call(&FindGrants { sub: new_id(&orion) }, &Nothing {}).await;
    assert_eq!(problem(nobody.expect_err("nobody")), (404, "not-found".to_owned()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_catalogue_holds_the_roles_of_orion_with_inherited_permissions() {
    let orion = TestPlatform::start().await;
    let roles = catalogue(&orion).await.roles;
    let permissions = |name: &str| {
        let role = roles.iter().find(|role| role.name == name).unwrap_or_else(|| panic!("{name} is seeded"));
        assert!(role.is_system, "{name}");
        role.permissions.clone()
    };
    assert_eq!(roles.len(), 9);
    assert_eq!(
        permissions("organisation_owner"),
        [
            "audit.read",
            "members.write",
            "organisations.delete",
            "organisations.read",
            "organisations.write",
            "teams.write",
        ]
    );
    assert_eq!(permissions("guest"), ["inbox.read", "profile.read"]);
    assert_eq!(permissions("user"), ["api-keys.write", "inbox.read", "profile.read", "profile.write"]);
    assert_eq!(permissions("super_admin").len(), ALL.len());
    for name in ["editor", "moderator", "admin"] {
        assert!(permissions(name).contains(&"profile.write".to_owned()), "{name} inherits");
    }
    assert!(!permissions("admin").contains(&"settings.write".to_owned()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn seeding_again_changes_nothing() {
    let mut orion = TestPlatform::start().await;
    let before = catalogue(&orion).await;
    orion.restart().await;
    let after = catalogue(&orion).await;
    assert_eq!((after.version, after.roles.len()), (before.version, before.roles.len()));
}
