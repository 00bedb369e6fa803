use super::{CodecFailed, Coding, Compressed, Encoder};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use http_body::{Body, Frame};
use orion_infra::Clock;
use proptest::prelude::*;
use std::collections::VecDeque;
use std::io::Read;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

/// What a source does when it is asked.
#[derive(Debug, Clone)]
enum Step {
    Data(Vec<u8>),
    Pause,
    Trailers,
    Break,
}

#[derive(Debug, thiserror::Error)]
enum SourceFailed {
    #[error("the source broke off")]
    Broke,
    #[error(transparent)]
    Codec(#[from] CodecFailed),
}

struct Source(VecDeque<Step>);

impl Body for Source {
    type Data = Bytes;
    type Error = SourceFailed;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, SourceFailed>>> {
        match self.get_mut().0.pop_front() {
            None => Poll::Ready(None),
            Some(Step::Pause) => Poll::Pending,
            Some(Step::Data(data)) => Poll::Ready(Some(Ok(Frame::data(data.into())))),
            Some(Step::Trailers) => {
                let trailers = [("x-sum".parse().expect("a name"), HeaderValue::from_static("1"))];
                Poll::Ready(Some(Ok(Frame::trailers(trailers.into_iter().collect()))))
            }
            Some(Step::Break) => Poll::Ready(Some(Err(SourceFailed::Broke))),
        }
    }
}

/// What a reader has been given.
#[derive(Default)]
struct Given {
    bytes: Vec<u8>,
    /// How many bytes had been given at each pause.
    pauses: Vec<usize>,
    trailers: Option<HeaderMap>,
    is_broken: bool,
    largest: usize,
    /// How often others had their turn.
    polls: usize,
}

fn read(coding: Coding, steps: &[Step], length: Option<u64>) -> Given {
    let mut body = Compressed::new(Source(steps.iter().cloned().collect()), coding, length).expect("a codec");
    let mut given = Given::default();
    let mut context = Context::from_waker(Waker::noop());
    loop {
        given.polls += 1;
        match Pin::new(&mut body).poll_frame(&mut context) {
            Poll::Pending => given.pauses.push(given.bytes.len()),
            Poll::Ready(None) => break,
            Poll::Ready(Some(Err(_))) => given.is_broken = true,
            Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                Ok(data) => {
                    assert!(given.trailers.is_none(), "data behind the trailers");
                    given.largest = given.largest.max(data.len());
                    given.bytes.extend_from_slice(&data);
                }
                Err(frame) => given.trailers = frame.into_trailers().ok(),
            },
        }
    }
    assert!(body.is_end_stream());
    given
}

/// What can be read of compressed bytes, and whether they have their end.
fn decompress(coding: Coding, compressed: &[u8]) -> (Vec<u8>, bool) {
    let mut reader: Box<dyn Read + '_> = match coding {
        Coding::Gzip => Box::new(flate2::read::GzDecoder::new(compressed)),
        Coding::Brotli => Box::new(brotli::Decompressor::new(compressed, 4096)),
        Coding::Zstd => Box::new(zstd::stream::read::Decoder::new(compressed).expect("a decoder")),
    };
    let mut out = Vec::new();
    let mut piece = [0; 512];
    loop {
        match reader.read(&mut piece) {
            Ok(0) => return (out, true),
            Ok(length) => out.extend_from_slice(&piece[..length]),
            Err(_) => return (out, false),
        }
    }
}

/// Text as it is sent: it repeats itself, not byte by byte.
fn text(length: usize) -> Vec<u8> {
    let line = |number: usize| {
        let word = ["alpha", "beta", "gamma", "delta", "epsilon"][number * number % 5];
        format!(
            "{{\"id\":{},\"name\":\"{word}-{}\",\"price\":{}.{:02}}},\n",
            number,
            number % 97,
            number * 31 % 1999,
            number % 100
        )
    };
    let mut text: Vec<u8> = (0..length / 32 + 1).flat_map(|number| line(number).into_bytes()).collect();
    text.truncate(length);
    text
}

fn data(steps: &[Step]) -> Vec<u8> {
    let bytes = |step: &Step| if let Step::Data(data) = step { data.clone() } else { vec![] };
    steps.iter().flat_map(bytes).collect()
}

#[test]
fn trailers_come_behind_the_end() {
    for coding in Coding::ALL {
        let steps = [Step::Data(text(100)), Step::Pause, Step::Data(text(50)), Step::Trailers];
        let given = read(coding, &steps, None);
        assert_eq!(decompress(coding, &given.bytes), (data(&steps), true), "{coding:?}");
        assert_eq!(given.trailers.expect("trailers")["x-sum"], "1");
    }
}

#[test]
fn a_body_that_breaks_off_has_no_end() {
    for coding in Coding::ALL {
        let steps = [Step::Data(text(100)), Step::Pause, Step::Data(text(50)), Step::Break, Step::Data(text(9))];
        let given = read(coding, &steps, None);
        let (read, is_whole) = decompress(coding, &given.bytes);
        assert!(given.is_broken && !is_whole && data(&steps[..3]).starts_with(&read), "{coding:?}");
    }
}

#[test]
fn an_empty_body_is_one() {
    for coding in Coding::ALL {
        assert_eq!(decompress(coding, &read(coding, &[], None).bytes), (vec![], true), "{coding:?}");
    }
}

#[test]
fn a_pause_holds_nothing_back() {
    for coding in Coding::ALL {
        let steps: Vec<_> =
            (1..20).flat_map(|number| [Step::Data(text(number)), Step::Pause, Step::Pause, Step::Pause]).collect();
        let given = read(coding, &steps, None);
        // At the first of three the reader is given what was held back, at the others nothing.
        assert_eq!(given.pauses.len(), 38);
        for (pause, given_by_then) in given.pauses.iter().enumerate() {
            let came = data(&steps[..(pause / 2 + 1) * 4]);
            assert_eq!(decompress(coding, &given.bytes[..*given_by_then]).0, came, "{coding:?}, pause {pause}");
        }
        assert!(given.pauses.chunks(2).all(|two| two[0] == two[1]), "{coding:?}: {:?}", given.pauses);
    }
}

#[test]
fn a_large_piece_is_compressed_in_turns_and_never_collected() {
    for coding in Coding::ALL {
        let steps = [Step::Data(vec![b'a'; 4 << 20])];
        let given = read(coding, &steps, None);
        assert_eq!(decompress(coding, &given.bytes), (data(&steps), true));
        assert!(given.polls >= 32, "{coding:?} gave others {} turns", given.polls);

        // What hardly compresses comes out as it goes in, piece by piece.
        let mut seed = 1_u64;
        let noise = std::iter::repeat_with(|| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 56) as u8
        });
        let steps = [Step::Data(noise.take(1 << 20).collect())];
        let given = read(coding, &steps, None);
        assert_eq!(decompress(coding, &given.bytes), (data(&steps), true));
        assert!(given.largest <= 512 << 10, "{coding:?} gave {} bytes at once", given.largest);
    }
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let data = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..2000),
        (0_usize..60_000).prop_map(text),
        (any::<u8>(), 0_usize..60_000).prop_map(|(byte, length)| vec![byte; length]),
    ];
    prop::collection::vec(prop_oneof![4 => data.prop_map(Step::Data), 1 => Just(Step::Pause)], 0..8)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn what_is_decompressed_is_what_came(steps in steps(), coding in prop::sample::select(Coding::ALL.to_vec()), known in any::<bool>()) {
        let came = data(&steps);
        let given = read(coding, &steps, known.then_some(came.len() as u64));
        let (read, is_whole) = decompress(coding, &given.bytes);
        prop_assert!(is_whole && !given.is_broken);
        prop_assert!(read == came, "{} bytes of {}", read.len(), came.len());
    }
}

/// Real texts: what the services say of themselves in JSON, and prose.
fn real() -> Vec<u8> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let names = ["docs/openapi/users.json", "ARCHITECTURE.md", "docs/openapi/auth.json", "CONTRIBUTING.md"];
    names.iter().flat_map(|name| std::fs::read(folder.join(name)).expect(name)).collect()
}

/// Bytes that this process holds.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).expect("RssAnon");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

/// `cargo test --release -p orion-gateway --lib levels_and -- --ignored --nocapture`
#[test]
#[ignore = "needs a release build"]
fn levels_and_what_they_cost() {
    const HELD: usize = 16;
    let clock = Clock::system();
    let all = real();
    let ways = [(Coding::Gzip, 1..=6), (Coding::Brotli, 1..=5), (Coding::Zstd, 1..=3)];
    let ways = ways.into_iter().flat_map(|(coding, levels)| levels.map(move |level| (coding, level)));
    let ways = ways.flat_map(|(coding, level)| [16, 18, 20].map(|window| (coding, level, window)));
    let write = |encoder: &mut Encoder, text: &[u8]| {
        let piece = |piece| {
            encoder.write(piece).expect("memory");
            encoder.take().len()
        };
        text.chunks(16 << 10).map(piece).sum::<usize>()
    };
    // What is let go is given out again, so all are held until the end.
    let mut held = Vec::new();
    for (coding, level, window) in ways {
        let before = resident();
        for _ in 0..HELD {
            let mut encoder = Encoder::with_level(coding, level, window, None).expect("a codec");
            write(&mut encoder, &all);
            held.push(encoder);
        }
        let each = resident().saturating_sub(before) / HELD;
        print!("{coding:?} {level}, window 2^{window}, {each:>5} kB each;");
        for size in [16 << 10, 256 << 10] {
            let began = clock.monotonic();
            let (mut came, mut out) = (0, 0);
            while came < 24 << 20 {
                for text in all.chunks_exact(size) {
                    let mut encoder = Encoder::with_level(coding, level, window, None).expect("a codec");
                    out += write(&mut encoder, text);
                    encoder.finish().expect("memory");
                    out += encoder.take().len();
                    came += text.len();
                }
            }
            let speed = came as f64 / (clock.monotonic() - began).as_secs_f64() / 1e6;
            print!(" {} kB: {speed:>3.0} MB/s, {:.1} % of it;", size >> 10, out as f64 * 100.0 / came as f64);
        }
        println!();
    }
}
