//! Huge pages for large buffers that are read and written all over, as the memory of a password hash is: a page of 2 MiB is
//! found by one walk through the page tables, where 512 pages of 4 KiB need one each, and there is no room to remember them.

/// Elements of one kind, on huge pages where the system has them for whoever asks.
#[derive(Debug)]
pub struct LargeBuffer<T>(Vec<T>);

impl<T> Default for LargeBuffer<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Clone> LargeBuffer<T> {
    /// So many elements. Those that are new are filled with `empty`. The others hold what they held, unless more are asked for than
    /// there was ever room for: then all are new.
    pub fn sized(&mut self, count: usize, empty: T) -> &mut [T] {
        if self.0.capacity() < count {
            *self = Self(Vec::with_capacity(count));
            // Before the first write, which is when the kernel chooses the page.
            advise(&self.0, Pages::Huge);
        }
        self.0.resize(count, empty);
        &mut self.0
    }
}

impl<T> Drop for LargeBuffer<T> {
    /// The allocator gives the memory to others, whose small things would hold a huge page each.
    fn drop(&mut self) {
        advise(&self.0, Pages::Common);
    }
}

#[derive(Clone, Copy)]
enum Pages {
    Huge,
    Common,
}

/// Says which pages the whole pages of a buffer shall be. Where the kernel has no huge pages the buffer is as good without.
#[cfg(target_os = "linux")]
#[allow(unsafe_code, reason = "the kernel is told about memory by its address")]
fn advise<T>(buffer: &Vec<T>, pages: Pages) {
    use rustix::mm::{Advice, madvise};
    use rustix::param::page_size;
    let advice = match pages {
        Pages::Huge => Advice::LinuxHugepage,
        Pages::Common => Advice::LinuxNoHugepage,
    };
    let (page, start) = (page_size(), buffer.as_ptr().addr());
    let end = start.saturating_add(buffer.capacity().saturating_mul(size_of::<T>()));
    let (first, last) = (start.next_multiple_of(page), end - end % page);
    let Some(length) = last.checked_sub(first).filter(|length| *length > 0) else { return };
    // SAFETY: the pages lie within what this vector has allocated, and neither advice changes what they hold.
    let _ = unsafe { madvise(buffer.as_ptr().wrapping_byte_add(first - start).cast_mut().cast(), length, advice) };
}

#[cfg(not(target_os = "linux"))]
fn advise<T>(_: &Vec<T>, _: Pages) {}

#[cfg(test)]
mod tests {
    use super::LargeBuffer;

    #[test]
    fn a_buffer_has_what_was_asked_for_however_often_it_grows_and_shrinks() {
        let mut buffer = LargeBuffer::default();
        for count in [0, 1, 5_000_000, 100, 6_000_000, 0] {
            let elements = buffer.sized(count, 7_u64);
            assert_eq!(elements.len(), count);
            assert!(elements.iter().all(|element| *element == 7), "of {count}");
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_kernel_marks_the_buffer_for_huge_pages() {
        let is_here = std::fs::metadata("/sys/kernel/mm/transparent_hugepage").is_ok();
        let mut buffer = LargeBuffer::default();
        let start = buffer.sized(4 << 20, 0_u64).as_ptr().addr();
        let marks = |address: usize| {
            let maps = std::fs::read_to_string("/proc/self/smaps").expect("Linux tells it");
            let mut is_in = false;
            for line in maps.lines() {
                let range = line.split_ascii_whitespace().next().and_then(|range| range.split_once('-'));
                let hex = |text| usize::from_str_radix(text, 16).ok();
                if let Some((from, to)) = range.and_then(|(from, to)| hex(from).zip(hex(to))) {
                    is_in = (from..to).contains(&address);
                } else if is_in && let Some(flags) = line.strip_prefix("VmFlags:") {
                    return flags.split_ascii_whitespace().any(|flag| flag == "hg");
                }
            }
            false
        };
        assert_eq!(marks(start + (16 << 20)), is_here);
        drop(buffer);
        assert!(!marks(start + (16 << 20)));
    }
}
