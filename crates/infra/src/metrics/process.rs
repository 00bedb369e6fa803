//! What the process itself costs, and which version it is. Services that share a process all tell of that one process.

use super::{options, register};
use orion_contracts::ServiceName;
use prometheus::{Counter, IntGauge, Registry};
use rustix::param::page_size;
use rustix::time::{ClockId, clock_gettime};
use std::fs;
use std::time::Duration;

/// The process's metrics, read when somebody asks for them.
#[derive(Clone)]
pub(super) struct ProcessMetrics {
    resident: IntGauge,
    cpu: Counter,
}

impl ProcessMetrics {
    pub(super) fn new(service: ServiceName, registry: &Registry) -> Self {
        let (name, help) = ("orion_build_info", "Always 1; the label says which version runs.");
        let version = options(service, name, help).const_label("version", env!("CARGO_PKG_VERSION"));
        register(registry, IntGauge::with_opts(version), name).set(1);
        let (name, help) = ("process_resident_memory_bytes", "Memory of the process that is resident.");
        let resident = register(registry, IntGauge::with_opts(options(service, name, help)), name);
        let (name, help) = ("process_cpu_seconds_total", "CPU time that the process has used.");
        let cpu = register(registry, Counter::with_opts(options(service, name, help)), name);
        Self { resident, cpu }
    }

    /// Reads them anew.
    pub(super) fn look(&self) {
        if let Some(bytes) = resident_bytes() {
            self.resident.set(bytes);
        }
        let used = Duration::try_from(clock_gettime(ClockId::ProcessCPUTime)).unwrap_or_default().as_secs_f64();
        self.cpu.inc_by((used - self.cpu.get()).max(0.0));
    }
}

/// `None` where the kernel does not say.
fn resident_bytes() -> Option<i64> {
    let statm = fs::read_to_string("/proc/self/statm").ok()?;
    let pages: i64 = statm.split_ascii_whitespace().nth(1)?.parse().ok()?;
    Some(pages * i64::try_from(page_size()).ok()?)
}
