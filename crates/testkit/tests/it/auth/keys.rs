//! `/api/v1/auth/admin/keys`

use orion_contracts::auth::{KeyRotation, KeyRotationOutcome, SigningKeyState};
use orion_testkit::{TestPlatform, assert_problem};
use serde_json::json;

const LIST: &str = "/api/v1/auth/admin/keys";
const ROTATE: &str = "/api/v1/auth/admin/keys/rotate";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rotation_publishes_a_key_before_it_signs_and_asked_twice_makes_one() {
    let orion = TestPlatform::start().await;
    let root = orion.administrator().await;
    let ada = orion.user("ada").await;
    assert_problem!(ada.get(LIST).await, 403, "permission-denied");
    assert_problem!(ada.post(ROTATE, json!({})).await, 403, "permission-denied");
    let mut begins = None;
    for outcome in [KeyRotationOutcome::Published, KeyRotationOutcome::AlreadyWaiting] {
        let rotation: KeyRotation = root.post(ROTATE, json!({})).await.expect(200).json();
        let keys = rotation.items;
        assert_eq!((rotation.outcome, rotation.signs_from), (outcome, keys[0].signs_from));
        assert_eq!(*begins.get_or_insert(rotation.signs_from), rotation.signs_from, "when the same key begins to sign");
        let states: Vec<_> = keys.iter().map(|key| key.state).collect();
        assert_eq!(states, [SigningKeyState::Next, SigningKeyState::Signing]);
        assert_eq!(keys[1].signs_until, Some(keys[0].signs_from));
    }
    let text = root.get(LIST).await.expect(200).value().to_string();
    assert!(!text.contains("private") && !text.contains("\"d\""), "{text}");
}
