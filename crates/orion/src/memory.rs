//! How little memory the process holds while it has nothing to do.

use orion_infra::Clock;
use rustix::mm::{Advice, madvise};
use rustix::thread::disable_transparent_huge_pages;
use rustix::time::{ClockId, clock_gettime};
use std::ffi::c_void;
use std::time::Duration;
use std::{fs, io};

/// How often it is looked whether the process is at rest.
const LOOK: Duration = Duration::from_secs(5);
/// CPU time between two looks that is no work: heartbeats, and what looks for due jobs.
const REST: Duration = Duration::from_millis(100);

/// So many pages more than after the last time are worth giving back once more, also when little CPU time brought them in:
/// 4 MiB.
const GROWTH: u64 = 1024;

/// Memory comes in pages of 4 KiB, not 2 MiB: of a huge page most is never used, but all of it is resident. Where the kernel
/// gives them to whoever asks alone, nobody asks but a [`orion_infra::huge_pages::LargeBuffer`]. To be called before there are
/// threads. A kernel without huge pages refuses, and needs nothing else.
pub(crate) fn without_huge_pages() {
    let policy = fs::read_to_string("/sys/kernel/mm/transparent_hugepage/enabled").unwrap_or_default();
    if !policy.contains("[madvise]") {
        let _ = disable_transparent_huge_pages(true);
    }
}

/// Gives back the program's own pages when it has come to rest after its start or other work. Most of them ran once, and
/// the kernel maps sixteen for each that is used; what is needed again is mapped again at its next use, from the page cache.
pub(crate) async fn stay_small(clock: &Clock) {
    let (mut before, mut left) = (cpu_time(), 0);
    loop {
        clock.sleep(LOOK).await;
        let now = cpu_time();
        let at_rest = now.saturating_sub(before) < REST;
        before = now;
        if at_rest && resident_pages() > left + GROWTH {
            if let Err(error) = give_back_program() {
                tracing::debug!(%error, "the program's pages stay in memory");
            }
            left = resident_pages();
        }
    }
}

/// How many pages are resident; none where the kernel does not say.
fn resident_pages() -> u64 {
    let statm = fs::read_to_string("/proc/self/statm").unwrap_or_default();
    statm.split_ascii_whitespace().nth(1).and_then(|pages| pages.parse().ok()).unwrap_or(0)
}

fn cpu_time() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ProcessCPUTime)).unwrap_or_default()
}

fn give_back_program() -> io::Result<()> {
    let program = fs::read_link("/proc/self/exe")?;
    let program = program.to_string_lossy();
    let maps = fs::read_to_string("/proc/self/maps")?;
    for (start, length) in maps.lines().filter_map(|line| unwritten(line, &program)) {
        give_back(start, length)?;
    }
    Ok(())
}

/// Where a line of `/proc/self/maps` says that this program's code or constants are. What the loader has written to is
/// read-only as well, but does not begin the file.
fn unwritten(line: &str, program: &str) -> Option<(usize, usize)> {
    let mut words = line.split_ascii_whitespace();
    let (range, permissions, offset) = (words.next()?, words.next()?, words.next()?);
    let is_code = permissions == "r-xp";
    let is_constants = permissions == "r--p" && offset.bytes().all(|digit| digit == b'0');
    if !(is_code || is_constants) || words.last() != Some(program) {
        return None;
    }
    let (start, end) = range.split_once('-')?;
    let start = usize::from_str_radix(start, 16).ok()?;
    Some((start, usize::from_str_radix(end, 16).ok()?.checked_sub(start)?))
}

#[allow(unsafe_code, reason = "the kernel is told about memory by its address")]
fn give_back(start: usize, length: usize) -> io::Result<()> {
    // SAFETY: the pages are mapped from the program's file and never written, so that the file still has what they hold;
    // whoever runs or reads them meanwhile waits for the page to be mapped again.
    unsafe { madvise(start as *mut c_void, length, Advice::LinuxDontNeed) }?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{give_back_program, unwritten};

    #[test]
    fn only_what_nobody_has_written_to_is_given_back() {
        let unwritten = |line| unwritten(line, "/usr/bin/orion");
        assert_eq!(unwritten("1000-3000 r-xp 00e66000 fe:00 1064   /usr/bin/orion"), Some((0x1000, 0x2000)));
        assert_eq!(unwritten("1000-3000 r--p 00000000 fe:00 1064   /usr/bin/orion"), Some((0x1000, 0x2000)));
        for other in [
            "1000-3000 r--p 02c60000 fe:00 1064   /usr/bin/orion",
            "1000-3000 rw-p 02d33000 fe:00 1064   /usr/bin/orion",
            "1000-3000 r-xp 00028000 fe:00 1064   /usr/lib/libc.so.6",
            "1000-3000 r-xp 00000000 00:00 0      [vdso]",
            "",
        ] {
            assert_eq!(unwritten(other), None, "{other}");
        }
    }

    #[test]
    fn a_program_runs_on_after_its_pages_were_given_back() {
        give_back_program().expect("given back");
        assert_eq!((0..100).map(|number| number.to_string().len()).sum::<usize>(), 190);
    }
}
