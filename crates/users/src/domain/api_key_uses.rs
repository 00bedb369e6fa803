//! How often API keys were used, as the gateways tell it.

use super::Users;
use crate::error::UsersError;
use crate::store;
use chrono::TimeDelta;
use orion_contracts::Author;
use orion_contracts::api_keys::ApiKeyUses;

/// For how many keys uses are counted in one transaction.
const USES_AT_ONCE: usize = 50;

impl Users {
    /// Takes down how often keys were used: in one order, for others tell of the same keys at this moment, and few at a time, for
    /// whoever revokes one of them waits so long.
    pub(crate) async fn note_api_key_uses(&self, uses: ApiKeyUses) -> Result<(), UsersError> {
        let latest = self.infra.clock.now() + TimeDelta::minutes(1);
        let mut uses = uses.items;
        uses.sort_unstable_by_key(|used| used.id);
        for few in uses.chunks(USES_AT_ONCE) {
            self.infra
                .write(Author::PLATFORM, async |change| {
                    change.unaudited("uses of keys are counted, and change nothing");
                    for used in few {
                        store::api_keys::note_use(change, used.id, used.count, used.last.min(latest)).await?;
                    }
                    Ok::<_, UsersError>(())
                })
                .await?;
        }
        Ok(())
    }
}
