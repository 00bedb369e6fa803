//! The databases of a process's services: made where there are none, migrated or checked.

use crate::platform::{Schema, StartError};
use crate::topology::Topology;
use crate::wiring;
use futures_util::future::try_join_all;
use orion_contracts::ServiceName;
use orion_infra::db::Draft;
use orion_infra::{Connections, Infra};
use std::collections::BTreeMap;

/// Opens each service's adapters, its schema migrated or checked; all at once, for they do not wait for each other.
pub(crate) async fn open(
    connections: &Connections,
    topology: &Topology,
    schema: Schema,
) -> Result<BTreeMap<ServiceName, Infra>, StartError> {
    let mut drafts = match schema {
        Schema::Migrate => drafts(connections, topology).await?,
        Schema::Check => BTreeMap::new(),
    };
    let opened =
        topology.local.iter().map(|service| (*service, drafts.remove(service))).map(|(service, draft)| async move {
            let made = draft.is_some();
            if let Some(draft) = draft {
                make(draft).await?;
            }
            let infra = connections.service(service).await?;
            match schema {
                Schema::Migrate if made => {}
                Schema::Migrate => migrate_and_seed(&infra).await?,
                Schema::Check => {
                    wiring::migrations(service)
                        .check(&infra)
                        .await
                        .map_err(|error| StartError::Schema { service, error })?;
                }
            }
            Ok::<_, StartError>((service, infra))
        });
    try_join_all(opened).await.map(BTreeMap::from_iter)
}

/// Begins the databases that are missing, where no server makes them. All are begun before one is put in its place: so what
/// a first start leaves that is broken off can be told from a database that was lost.
async fn drafts(
    connections: &Connections,
    topology: &Topology,
) -> Result<BTreeMap<ServiceName, (Infra, Draft)>, StartError> {
    let begun = topology.local.iter().map(|service| async move {
        Ok::<_, StartError>(connections.draft(*service).await?.map(|draft| (*service, draft)))
    });
    Ok(try_join_all(begun).await?.into_iter().flatten().collect())
}

/// Makes a service's database, and puts it in its place.
async fn make((infra, draft): (Infra, Draft)) -> Result<(), StartError> {
    migrate_and_seed(&infra).await?;
    let service = infra.service;
    draft.settle(&infra.db).await.map_err(|error| StartError::Make { service, error })
}

async fn migrate_and_seed(infra: &Infra) -> Result<(), StartError> {
    let service = infra.service;
    let migrations = wiring::migrations(service);
    let applied = migrations.apply(infra).await;
    applied.map_err(|error| StartError::Migrate { service, error })?;
    wiring::seed(infra).await.map_err(|problem| StartError::Service { service, problem: Box::new(problem) })
}
