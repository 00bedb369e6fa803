//! Queries. The only place that knows the tables.

pub(crate) mod console_sessions;
pub(crate) mod event_log;
pub(crate) mod one_time_links;
pub(crate) mod settings;

#[cfg(test)]
mod tests {
    use super::*;
    use orion_infra::db::schema::EntityFit;

    #[test]
    fn every_entity_fits_its_table() {
        let faults = EntityFit::of(&crate::MIGRATIONS)
            .entity::<console_sessions::Entity>()
            .faults(env!("CARGO_MANIFEST_DIR"))
            .expect("read");
        assert!(faults.is_empty(), "{faults:#?}");
    }
}
