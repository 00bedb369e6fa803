//! What is searched and sorted by is spelt anew after an upgrade, for versions before spelt it otherwise. It is no edit: versions stay, and
//! of what is shown all but tags, of which those that look alike are one.

use super::Users;
use crate::error::UsersError;
use crate::store::spelling::{self, Spelt};
use orion_contracts::Author;
use serde::{Deserialize, Serialize};

/// How many are looked for at once.
const SLICE: u32 = 200;

/// The job that does it, again and again: while a version before works beside this one, it goes on spelling in its way.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Respell {}

impl Users {
    /// Spells what a version before has spelt; how many. One that cannot be spelt does not keep the others: it is told at the end.
    pub(crate) async fn respell(&self, is_stopped: impl Fn() -> bool) -> Result<u64, UsersError> {
        let (mut spelt, mut failure) = (0, None);
        for what in Spelt::ALL {
            let mut after = None;
            loop {
                let found = spelling::stale(self.infra.db.read_aside(), what, after, SLICE).await?;
                let Some(last) = found.last() else { break };
                after = Some(*last);
                for id in found {
                    if is_stopped() {
                        return Ok(spelt);
                    }
                    let done = self.infra.write(Author::PLATFORM, async |change| {
                        change.unaudited("how something is found is spelt anew, and nothing of it changes");
                        Ok::<_, UsersError>(spelling::spell(change, what, id).await?)
                    });
                    match done.await {
                        Ok(is_done) => spelt += u64::from(is_done),
                        Err(error) => {
                            tracing::error!(?what, %id, %error, "it cannot be spelt anew");
                            failure = Some(error);
                        }
                    }
                }
            }
        }
        failure.map_or(Ok(spelt), Err)
    }
}
