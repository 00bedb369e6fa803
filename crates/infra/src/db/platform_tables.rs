//! The tables that every service has: outbox, inbox, jobs, audit entries not yet shipped, idempotency keys, the seal of the
//! master key, and what is written to find out whether anything can be.

use super::schema::{
    Expr, Migration, Schema, big_integer, big_integer_null, string_len, text, text_null, timestamp_with_time_zone,
    timestamp_with_time_zone_null, uuid,
};
use super::seal;
use sea_orm::ExprTrait;

/// The migration that makes the seal of the master key.
pub(super) const SEALED: &str = "platform_0001_tables";

/// Their migrations; every service's own come after them.
pub(super) const ALL: [Migration; 1] = [Migration::new(SEALED, tables)];

fn tables(schema: &mut Schema) {
    seal::table(schema);
    schema.table("trial_writes", [big_integer("id").primary_key(), text("weight")]);
    schema.table(
        "outbox",
        [
            uuid("event_id").primary_key(),
            string_len("lane", 32).primary_key(),
            string_len("kind", 100),
            text("event"),
            timestamp_with_time_zone("created_at"),
            timestamp_with_time_zone("due_at"),
            big_integer("attempts").default(0_i64),
            text_null("last_error"),
        ],
    );
    schema.index("outbox_lane", "outbox", &["lane", "event_id"]);
    schema.index("outbox_age", "outbox", &["created_at"]);
    schema.table(
        "outbox_lanes",
        [string_len("lane", 32).primary_key(), uuid("holder"), timestamp_with_time_zone("leased_until")],
    );
    schema.table(
        "inbox",
        [
            uuid("event_id").primary_key(),
            string_len("consumer", 100).primary_key(),
            timestamp_with_time_zone("received_at"),
        ],
    );
    schema.index("inbox_age", "inbox", &["received_at"]);
    schema.table(
        "jobs",
        [
            uuid("id").primary_key(),
            string_len("queue", 64),
            string_len("kind", 100),
            text_null("dedupe_key"),
            text("payload"),
            text_null("owner"),
            big_integer("priority").default(0_i64),
            string_len("state", 16),
            timestamp_with_time_zone("due_at"),
            timestamp_with_time_zone_null("again_at"),
            timestamp_with_time_zone_null("leased_until"),
            big_integer("fence").default(0_i64),
            big_integer("attempts").default(0_i64),
            big_integer("max_attempts"),
            text_null("last_error"),
            big_integer_null("progress_done"),
            big_integer_null("progress_total"),
            timestamp_with_time_zone_null("cancel_requested_at"),
            timestamp_with_time_zone("created_at"),
            timestamp_with_time_zone_null("started_at"),
            timestamp_with_time_zone_null("finished_at"),
        ],
    );
    schema.index("jobs_due", "jobs", &["queue", "state", "due_at"]);
    // Higher priorities go first, and among them who is due first.
    schema.index("jobs_turn", "jobs", &["queue", "state", "priority DESC", "due_at"]);
    let is_alive = Expr::col("state").is_in(["due", "running"]);
    schema.unique_where("jobs_once", "jobs", &["kind", "dedupe_key"], is_alive);
    // An event that comes again is not parked again, also when what it was parked as is dead.
    schema.unique_where("jobs_events", "jobs", &["dedupe_key"], Expr::col("kind").eq("consume"));
    schema.table(
        "audit_entries",
        [
            uuid("id").primary_key(),
            text("entry"),
            string_len("mac", 73),
            timestamp_with_time_zone("created_at"),
            // Why the audit log did not take it; it waits for somebody to look at it.
            text_null("refused_reason"),
        ],
    );
    schema.table(
        "idempotency_keys",
        [
            string_len("scope", 64).primary_key(),
            string_len("key", 255).primary_key(),
            string_len("fingerprint", 73),
            text("response"),
            timestamp_with_time_zone("created_at"),
        ],
    );
    schema.index("idempotency_age", "idempotency_keys", &["created_at"]);
}
