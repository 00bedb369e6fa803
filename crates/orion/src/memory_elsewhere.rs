//! Where nothing is known of how a process holds memory, nothing is done about it.

/// Does nothing.
pub(crate) fn without_huge_pages() {}

/// Never returns.
pub(crate) async fn stay_small(_: &orion_infra::Clock) {
    std::future::pending().await
}
