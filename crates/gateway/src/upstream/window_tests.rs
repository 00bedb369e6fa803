use super::{Counts, MOST, Window};
use proptest::prelude::*;
use std::collections::VecDeque;
use std::sync::Barrier;
use std::time::Duration;

fn window() -> Window {
    Window::new(Duration::from_secs(10))
}

#[test]
fn what_is_older_than_the_window_does_not_count() {
    let window = window();
    (0..5).for_each(|_| window.count(1_500, true, false));
    window.count(9_000, false, true);
    assert_eq!(window.counts(9_000), Counts { total: 6, failed: 5, slow: 1 });
    assert_eq!(window.counts(11_500), Counts { total: 1, failed: 0, slow: 1 });
    assert_eq!(window.counts(30_000), Counts::default());
}

#[test]
fn it_can_be_emptied() {
    let window = window();
    window.count(1, true, true);
    window.clear();
    assert_eq!(window.counts(1), Counts::default());
}

#[test]
fn a_core_whose_clock_is_a_little_ahead_counts_too() {
    let window = window();
    window.count(10_001, true, false);
    assert_eq!(window.counts(9_999).failed, 1);
}

#[test]
fn more_than_can_be_counted_is_not_counted() {
    let window = Window::new(Duration::from_secs(3_600));
    for _ in 0..MOST + 10 {
        window.count(5, true, false);
    }
    let counts = window.counts(5);
    assert!(counts.total <= MOST && counts.failed == counts.total, "{counts:?}");
    assert_eq!(window.counts(5 + 3_600_000), Counts::default());
}

#[test]
fn cores_that_count_at_once_lose_nothing() {
    const THREADS: u64 = 4;
    const EACH: u64 = 20_000;
    let (window, barrier) = (window(), Barrier::new(THREADS as usize));
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                barrier.wait();
                // Nine tenths go by meanwhile, each of which begins anew.
                (0..EACH).for_each(|at| window.count(20_000 + at * 9_000 / EACH, at % 2 == 0, at % 4 == 0));
            });
        }
    });
    let all = THREADS * EACH;
    assert_eq!(window.counts(28_999), Counts { total: all, failed: all / 2, slow: all / 4 });
}

proptest! {
    #[test]
    fn it_counts_what_a_list_of_moments_counts(
        ended in proptest::collection::vec((0_u64..3_000, any::<bool>(), any::<bool>()), 0..300),
    ) {
        let window = window();
        let mut list = VecDeque::new();
        let mut now = 0;
        for (pause, failed, slow) in ended {
            now += pause;
            window.count(now, failed, slow);
            list.push_back((now / 1_000, failed, slow));
            list.retain(|(second, _, _)| *second + 10 > now / 1_000);
            let of = |is: fn(&&(u64, bool, bool)) -> bool| list.iter().filter(is).count() as u64;
            let expected = Counts { total: of(|_| true), failed: of(|one| one.1), slow: of(|one| one.2) };
            prop_assert_eq!(window.counts(now), expected);
        }
    }
}
