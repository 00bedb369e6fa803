//! `/api/v1/auth/login`

mod answers;
mod attackers;
mod failures;
mod hashes;
mod minutes;

use orion_contracts::ServiceName;
use orion_infra::db::dialect::statement;
use orion_testkit::{TestPlatform, TestUser};
use sea_orm::ConnectionTrait;

const PATH: &str = "/api/v1/auth/login";
/// [`orion_testkit::PASSWORD`] with less memory than the default.
const OLD_HASH: &str = "$argon2id$v=19$m=64,t=2,p=1$BwcHBwcHBwcHBwcHBwcHBw$Mdn5CM9HcwcF2uRvAiuF1mIJviWUzswDdgLXvOMvpgk";

/// Stores another hash for somebody, as an import or a writer of the database might.
async fn store_hash(orion: &TestPlatform, user: &TestUser, hash: &str) {
    let txn = orion.infra(ServiceName::Auth).db.begin().await.unwrap();
    let set = "UPDATE credentials SET password_hash = $1 WHERE user_id = $2";
    txn.execute_raw(statement(txn.connection(), set, [hash.into(), user.id.0.into()])).await.unwrap();
    txn.commit().await.unwrap();
}
