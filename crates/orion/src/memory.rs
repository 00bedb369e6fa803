//! How little memory the process holds while it has nothing to do.

use rustix::mm::{Advice, madvise};
use rustix::thread::disable_transparent_huge_pages;
use std::ffi::c_void;
use std::{fs, io};

/// Memory comes in pages of 4 KiB, not 2 MiB: of a huge page most is never used, but all of it is resident. To be called
/// before there are threads. A kernel without huge pages refuses, and needs nothing else.
pub(crate) fn without_huge_pages() {
    let _ = disable_transparent_huge_pages(true);
}

/// Gives back the code that only the start has run. What is needed again is mapped again at its next use, from the page
/// cache.
pub(crate) fn forget_the_start() -> io::Result<()> {
    let program = fs::read_link("/proc/self/exe")?;
    let program = program.to_string_lossy();
    let maps = fs::read_to_string("/proc/self/maps")?;
    for (start, length) in maps.lines().filter_map(|line| code(line, &program)) {
        give_back(start, length)?;
    }
    Ok(())
}

/// Where a line of `/proc/self/maps` says that this program's code is. Never what the loader has written to.
fn code(line: &str, program: &str) -> Option<(usize, usize)> {
    let mut words = line.split_ascii_whitespace();
    let (range, permissions) = (words.next()?, words.next()?);
    if permissions != "r-xp" || !line.ends_with(program) {
        return None;
    }
    let (start, end) = range.split_once('-')?;
    let start = usize::from_str_radix(start, 16).ok()?;
    Some((start, usize::from_str_radix(end, 16).ok()?.checked_sub(start)?))
}

#[allow(unsafe_code, reason = "the kernel is told about memory by its address")]
fn give_back(start: usize, length: usize) -> io::Result<()> {
    // SAFETY: the pages are the program's own code, mapped from its file and never written, so that the file still has
    // what they hold; whoever runs them meanwhile waits for the page to be mapped again.
    unsafe { madvise(start as *mut c_void, length, Advice::LinuxDontNeed) }?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{code, forget_the_start};

    #[test]
    fn only_the_programs_own_code_is_given_back() {
        let code = |line| code(line, "/usr/bin/orion");
        assert_eq!(code("1000-3000 r-xp 00e66000 fe:00 1064   /usr/bin/orion"), Some((0x1000, 0x2000)));
        for other in [
            "1000-3000 r--p 02c60000 fe:00 1064   /usr/bin/orion",
            "1000-3000 rw-p 02d33000 fe:00 1064   /usr/bin/orion",
            "1000-3000 r-xp 00028000 fe:00 1064   /usr/lib/libc.so.6",
            "1000-3000 r-xp 00000000 00:00 0      [vdso]",
            "",
        ] {
            assert_eq!(code(other), None, "{other}");
        }
    }

    #[test]
    fn a_program_runs_on_after_its_code_was_given_back() {
        forget_the_start().expect("given back");
        assert_eq!((0..100).map(|number| number.to_string().len()).sum::<usize>(), 190);
    }
}
