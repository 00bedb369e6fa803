//! What becomes of what somebody sends as their picture.

use super::picture::{SIDE, drawn};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use orion_contracts::Problem;
use std::io::Cursor;

const KNOWN: [ImageFormat; 4] = [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP, ImageFormat::Gif];
const RED: Rgb<u8> = Rgb([200, 0, 0]);
const BLUE: Rgb<u8> = Rgb([0, 0, 200]);

/// Red to the left, blue to the right.
fn picture(format: ImageFormat, width: u32, height: u32) -> Vec<u8> {
    written(RgbImage::from_fn(width, height, |x, _| if x < width / 2 { RED } else { BLUE }).into(), format)
}

fn written(image: DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut written = Cursor::new(Vec::new());
    image.write_to(&mut written, format).expect("written");
    written.into_inner()
}

/// The drawn picture, looked at again.
fn seen(bytes: &[u8]) -> RgbImage {
    assert_eq!(image::guess_format(bytes).ok(), Some(ImageFormat::Jpeg));
    let image = image::load_from_memory(bytes).expect("a picture").into_rgb8();
    assert_eq!(image.dimensions(), (SIDE, SIDE));
    image
}

fn is_like(Rgb(pixel): &Rgb<u8>, Rgb(other): Rgb<u8>) -> bool {
    pixel.iter().zip(other).all(|(one, other)| one.abs_diff(other) < 40)
}

fn status(bytes: &[u8]) -> u16 {
    Problem::from(drawn(bytes).expect_err("refused")).status
}

#[test]
fn each_kind_becomes_a_square_of_our_own_whatever_its_measures() {
    for format in KNOWN {
        for (width, height) in [(1, 1), (3, 700), (700, 3), (256, 256), (300, 200)] {
            let image = seen(&drawn(&picture(format, width, height)).expect("a picture"));
            if width == 300 {
                assert!(is_like(image.get_pixel(10, 128), RED), "{format:?} {:?}", image.get_pixel(10, 128));
                assert!(is_like(image.get_pixel(245, 128), BLUE), "{format:?} {:?}", image.get_pixel(245, 128));
            }
        }
    }
}

#[test]
fn a_line_as_long_as_may_be_does_not_become_a_square_as_long() {
    for (width, height) in [(1, 8192), (8192, 1)] {
        seen(&drawn(&picture(ImageFormat::Png, width, height)).expect("a picture"));
    }
}

#[test]
fn what_is_no_picture_of_these_kinds_is_refused_by_its_bytes() {
    let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";
    let html = b"<!doctype html><script>alert(1)</script>";
    for bytes in [&b""[..], b"x", svg, html, b"%PDF-1.7", b"BM\0\0\0\0\0\0", b"II*\0\x08\0\0\0"] {
        assert_eq!(status(bytes), 415, "{bytes:?}");
    }
}

#[test]
fn one_that_declares_more_than_it_holds_costs_nothing_and_is_refused() {
    // Both sides allowed, all of them together not; and a side that is not.
    for (width, height) in [(8192_u32, 8192_u32), (65_535, 1), (0xffff, 0xffff)] {
        let mut bomb = picture(ImageFormat::Png, 4, 4);
        // The width and height of the header (IHDR), with its checksum made anew.
        bomb[16..20].copy_from_slice(&width.to_be_bytes());
        bomb[20..24].copy_from_slice(&height.to_be_bytes());
        let sum = crc32(&bomb[12..29]);
        bomb[29..33].copy_from_slice(&sum.to_be_bytes());
        let problem = Problem::from(drawn(&bomb).expect_err("refused"));
        assert_eq!(problem.status, 422);
        assert!(format!("{problem:?}").contains("too many pixels"), "{problem:?}");
    }
    let mut gif = picture(ImageFormat::Gif, 4, 4);
    gif[6..10].copy_from_slice(&[0xff, 0xff, 0xff, 0xff]);
    assert_eq!(status(&gif), 422);
    // Few pixels, of eight bytes each.
    let mut deep = written(DynamicImage::ImageRgba16(image::ImageBuffer::new(4, 4)), ImageFormat::Png);
    deep[16..20].copy_from_slice(&4600_u32.to_be_bytes());
    deep[20..24].copy_from_slice(&4600_u32.to_be_bytes());
    let sum = crc32(&deep[12..29]);
    deep[29..33].copy_from_slice(&sum.to_be_bytes());
    let problem = format!("{:?}", Problem::from(drawn(&deep).expect_err("refused")));
    assert!(problem.contains("too many pixels"), "{problem}");
}

#[test]
fn one_that_breaks_off_anywhere_is_drawn_or_refused_and_no_panic() {
    for format in KNOWN {
        let whole = picture(format, 64, 64);
        for length in (0..whole.len()).step_by(7) {
            // Some decoders draw what there is of a picture.
            if let Err(error) = drawn(&whole[..length]) {
                let status = Problem::from(error).status;
                assert!([415, 422].contains(&status), "{format:?} {length}: {status}");
            }
        }
        assert!([415, 422].contains(&status(&whole[..12])), "{format:?}");
    }
}

#[test]
fn it_stands_as_its_camera_was_held() {
    let mut turned = picture(ImageFormat::Jpeg, 96, 64);
    // Behind the first marker: an EXIF segment that holds the orientation 6 alone, a quarter turn to the right.
    let tiff = b"II\x2a\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    let mut segment = vec![0xff, 0xe1, 0, u8::try_from(2 + 6 + tiff.len()).expect("short")];
    segment.extend_from_slice(b"Exif\0\0");
    segment.extend_from_slice(tiff);
    turned.splice(2..2, segment);
    let drawn = drawn(&turned).expect("a picture");
    let image = seen(&drawn);
    assert!(is_like(image.get_pixel(128, 10), RED), "{:?}", image.get_pixel(128, 10));
    assert!(is_like(image.get_pixel(128, 245), BLUE), "{:?}", image.get_pixel(128, 245));
    assert!(!drawn.windows(4).any(|part| part == b"Exif"), "nor does it say so any more");
}

#[test]
fn white_shows_through_where_it_is_transparent() {
    let clear = image::RgbaImage::from_pixel(20, 20, image::Rgba([9, 9, 9, 0]));
    for format in [ImageFormat::Png, ImageFormat::WebP, ImageFormat::Gif] {
        let image = seen(&drawn(&written(clear.clone().into(), format)).expect("a picture"));
        assert!(is_like(image.get_pixel(128, 128), Rgb([255, 255, 255])), "{format:?}");
    }
}

#[test]
fn nothing_else_of_what_was_sent_is_kept() {
    let secret = b"<script>alert('where it was taken')</script>";
    for format in KNOWN {
        let mut polyglot = picture(format, 32, 32);
        polyglot.extend_from_slice(secret);
        let drawn = drawn(&polyglot).expect("a picture");
        assert!(!drawn.windows(secret.len()).any(|part| part == secret), "{format:?}");
    }
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut sum = u32::MAX;
    for byte in bytes {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            sum = (sum >> 1) ^ (0xedb8_8320 & (0_u32.wrapping_sub(sum & 1)));
        }
    }
    !sum
}
