use super::{DECAY, PeakEwma};
use proptest::prelude::*;
use std::time::Duration;

const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

fn average(latency: &PeakEwma, now: Duration) -> f64 {
    f64::from(latency.nanos(now).expect("it has answered")) / 1e6
}

#[test]
fn a_slower_answer_counts_at_once_and_faster_ones_slowly() {
    let latency = PeakEwma::default();
    latency.answered(ms(10), ms(1_000));
    latency.answered(ms(100), ms(1_001));
    assert!((average(&latency, ms(1_001)) - 100.0).abs() < 0.1);
    latency.answered(ms(10), ms(1_002));
    assert!(average(&latency, ms(1_002)) > 99.0, "one fast answer changes little");
    // Answers of 10 ms for the time of the decay: what is above them has lost all but 1/e.
    (2..=DECAY.as_millis() as u64).for_each(|at| latency.answered(ms(10), ms(1_000 + at)));
    let expected = 10.0 + 90.0 * (-1.0_f64).exp();
    assert!((average(&latency, ms(11_000)) - expected).abs() < 1.0, "{}", average(&latency, ms(11_000)));
}

#[test]
fn a_thousand_answers_a_millisecond_count_as_much_as_one() {
    let (often, seldom) = (PeakEwma::default(), PeakEwma::default());
    for latency in [&often, &seldom] {
        latency.answered(ms(100), Duration::ZERO);
    }
    for at in (0..5_000_000).step_by(10) {
        often.answered(ms(10), Duration::from_micros(at));
    }
    (0..5_000).step_by(10).for_each(|at| seldom.answered(ms(10), ms(at)));
    let (often, seldom) = (average(&often, ms(5_000)), average(&seldom, ms(5_000)));
    assert!((often - seldom).abs() < 2.0, "{often} {seldom}");
}

#[test]
fn it_falls_while_nobody_asks() {
    let latency = PeakEwma::default();
    latency.answered(ms(1_000), ms(500));
    let later = average(&latency, ms(500) + 5 * DECAY);
    assert!((later - 1_000.0 * (-5.0_f64).exp()).abs() < 0.1, "{later}");
}

#[test]
fn whoever_refuses_at_once_does_not_look_fast() {
    let (refuses, answers) = (PeakEwma::default(), PeakEwma::default());
    for at in 0..100 {
        refuses.failed(Duration::from_micros(50), ms(at));
        answers.answered(ms(20), ms(at));
    }
    assert!(refuses.cost(0, ms(100)) > 10.0 * answers.cost(0, ms(100)));
    // What it costs is bounded, so it is tried again within a minute or two.
    assert!(average(&refuses, ms(100)) <= 5_000.0);
}

#[test]
fn one_request_finds_out_how_fast_an_endpoint_is_that_nobody_knows() {
    let (unknown, slow) = (PeakEwma::default(), PeakEwma::default());
    slow.answered(Duration::from_secs(30), ms(1));
    assert!(unknown.cost(0, ms(1)) < slow.cost(0, ms(1)));
    assert!(unknown.cost(1, ms(1)) > slow.cost(100, ms(1)));
}

proptest! {
    #[test]
    fn it_is_never_above_the_slowest_nor_far_below_what_came_last(
        answers in proptest::collection::vec((1_u64..10_000, 0_u64..2_000), 1..200),
    ) {
        let latency = PeakEwma::default();
        let (mut now, mut slowest) = (0, 0);
        for (took, pause) in answers {
            now += pause;
            slowest = slowest.max(took);
            latency.answered(ms(took), ms(now));
            let average = average(&latency, ms(now));
            prop_assert!(average <= slowest as f64 * 1.001 && average >= 0.0);
        }
    }

    #[test]
    fn a_clock_that_is_behind_changes_nothing_much(behind in 0_u64..10_000) {
        let latency = PeakEwma::default();
        latency.answered(ms(100), ms(20_000));
        latency.answered(ms(1), ms(20_000 - behind));
        prop_assert!((average(&latency, ms(20_000)) - 100.0).abs() < 0.1);
    }
}
