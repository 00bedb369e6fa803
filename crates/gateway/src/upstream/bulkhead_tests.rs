use super::{Bulkhead, Entry, Place, Queued};
use proptest::prelude::*;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

fn place(bulkhead: &Arc<Bulkhead>) -> Place {
    let Entry::Taken = bulkhead.enter() else { panic!("there is no place") };
    Place(Some(bulkhead.clone()))
}

fn queued(bulkhead: &Arc<Bulkhead>) -> Queued {
    let Entry::Queued(queued) = bulkhead.enter() else { panic!("nobody waits") };
    queued
}

fn poll(queued: &mut Queued) -> Option<Place> {
    match pin!(queued).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(place) => Some(place.expect("the bulkhead is there")),
        Poll::Pending => None,
    }
}

fn is_full(bulkhead: &Arc<Bulkhead>) -> bool {
    matches!(bulkhead.enter(), Entry::Full)
}

#[test]
fn whoever_waits_gets_the_place_of_who_goes_in_the_order_of_coming() {
    let bulkhead = Bulkhead::new(1, 2);
    let first = place(&bulkhead);
    let (mut second, mut third) = (queued(&bulkhead), queued(&bulkhead));
    assert!(is_full(&bulkhead));
    assert_eq!(bulkhead.load(), (1, 2));
    assert!(poll(&mut second).is_none());
    drop(first);
    assert!(poll(&mut third).is_none());
    let second = poll(&mut second).expect("it is its turn");
    assert_eq!(bulkhead.load(), (1, 1));
    drop(second);
    drop(poll(&mut third).expect("it is its turn"));
    assert_eq!(bulkhead.load(), (0, 0));
}

#[test]
fn whoever_comes_does_not_pass_those_in_line() {
    let bulkhead = Bulkhead::new(1, 8);
    let first = place(&bulkhead);
    let mut second = queued(&bulkhead);
    drop(first);
    // The second has not been polled yet, and has the place all the same.
    let mut third = queued(&bulkhead);
    assert!(poll(&mut third).is_none());
    assert!(poll(&mut second).is_some());
}

#[test]
fn whoever_goes_out_of_the_line_leaves_no_gap() {
    let bulkhead = Bulkhead::new(1, 3);
    let first = place(&bulkhead);
    let (second, third, mut fourth) = (queued(&bulkhead), queued(&bulkhead), queued(&bulkhead));
    drop(third);
    // The line has room again although who went stood in its middle.
    let mut fifth = queued(&bulkhead);
    assert!(is_full(&bulkhead));
    drop(second);
    drop(first);
    drop(poll(&mut fourth).expect("it is its turn"));
    drop(poll(&mut fifth).expect("it is its turn"));
    assert_eq!(bulkhead.load(), (0, 0));
}

#[test]
fn a_place_is_given_on_when_whoever_was_handed_it_has_gone() {
    let bulkhead = Bulkhead::new(1, 2);
    let first = place(&bulkhead);
    let (second, mut third) = (queued(&bulkhead), queued(&bulkhead));
    drop(first);
    drop(second);
    drop(poll(&mut third).expect("it is its turn"));
    assert_eq!(bulkhead.load(), (0, 0));
}

#[test]
fn without_a_limit_all_come_in_and_are_counted() {
    let bulkhead = Bulkhead::new(0, 0);
    let places: Vec<_> = (0..10_000).map(|_| place(&bulkhead)).collect();
    assert_eq!(bulkhead.load(), (10_000, 0));
    drop(places);
    assert_eq!(bulkhead.load(), (0, 0));
}

#[test]
fn without_a_line_nobody_waits() {
    let bulkhead = Bulkhead::new(1, 0);
    let _place = place(&bulkhead);
    assert!(is_full(&bulkhead));
}

#[test]
fn a_line_of_which_many_go_does_not_grow() {
    let bulkhead = Bulkhead::new(1, 4);
    let _place = place(&bulkhead);
    let _first = queued(&bulkhead);
    for _ in 0..1_000 {
        drop(queued(&bulkhead));
    }
    assert!(bulkhead.line().waiting.len() <= 4);
}

proptest! {
    #[test]
    fn places_and_line_are_counted_right_whatever_happens(
        steps in proptest::collection::vec((0_u8..4, any::<prop::sample::Index>()), 1..200),
        limits in (1_u32..4, 0_u32..4),
    ) {
        let bulkhead = Bulkhead::new(limits.0, limits.1);
        let (mut places, mut line) = (Vec::new(), Vec::<Queued>::new());
        for (step, which) in steps {
            match step {
                0 | 1 => match bulkhead.enter() {
                    Entry::Taken => {
                        prop_assert!((places.len() as u32) < limits.0);
                        places.push(Place(Some(bulkhead.clone())));
                    }
                    Entry::Queued(queued) => line.push(queued),
                    Entry::Full => prop_assert_eq!(line.len() as u32, limits.1),
                },
                2 if !places.is_empty() => drop(places.swap_remove(which.index(places.len()))),
                3 if !line.is_empty() => drop(line.remove(which.index(line.len()))),
                _ => {}
            }
            // Whoever has been handed a place takes it, the first in line first.
            while let Some(place) = line.first_mut().and_then(poll) {
                places.push(place);
                line.remove(0);
            }
            prop_assert!(line.iter_mut().all(|queued| poll(queued).is_none()));
            prop_assert!(line.is_empty() || places.len() as u32 == limits.0, "somebody waits while there is room");
            prop_assert_eq!(bulkhead.load().0, places.len() as u32);
        }
        drop(line);
        drop(places);
        prop_assert_eq!(bulkhead.load(), (0, 0));
    }
}

#[test]
fn a_place_wakes_who_waits_on_another_core_and_none_is_lost() {
    const THREADS: u32 = 4;
    const PLACES: u32 = 2;
    let (bulkhead, inside) = (Bulkhead::new(PLACES, 64), AtomicU32::new(0));
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let (bulkhead, inside) = (&bulkhead, &inside);
            scope.spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
                let one = |turn: u32| async move {
                    let place = match bulkhead.enter() {
                        Entry::Taken => Some(Place(Some(bulkhead.clone()))),
                        // Every third is not patient.
                        Entry::Queued(queued) if turn.is_multiple_of(3) => {
                            tokio::time::timeout(Duration::from_micros(u64::from(turn)), queued).await.ok().flatten()
                        }
                        Entry::Queued(queued) => Some(queued.await.expect("the bulkhead is there")),
                        Entry::Full => None,
                    };
                    if place.is_some() {
                        assert!(inside.fetch_add(1, Ordering::SeqCst) < PLACES);
                        tokio::task::yield_now().await;
                        inside.fetch_sub(1, Ordering::SeqCst);
                    }
                };
                runtime.block_on(async {
                    for turn in 0..500 {
                        let turn = turn * THREADS + thread;
                        tokio::join!(one(turn), one(turn + 1), one(turn + 2), one(turn + 3), one(turn + 4));
                    }
                });
            });
        }
    });
    assert_eq!(bulkhead.load(), (0, 0));
}
