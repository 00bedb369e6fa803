//! What somebody sends as their picture, made one of ours: known by its first bytes alone, measured before it is decoded, and drawn
//! anew as a square, so that nothing else of what was sent is kept.

use crate::error::UsersError;
use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::metadata::Orientation;
use image::{DynamicImage, ExtendedColorType, ImageDecoder, ImageFormat, ImageReader, Limits};
use orion_contracts::{FieldCode, Problem};
use std::io::Cursor;

/// How long a side of what is kept is, in pixels.
pub(super) const SIDE: u32 = 256;
/// Of the JPEG that is kept: what is lost is not seen, and a page with fifty people is small.
const QUALITY: u8 = 88;
/// How long a side of what is sent may be,
const LONGEST_SIDE: u32 = 8_192;
/// and how many pixels it may have: those of a telephone's camera.
const MOST_PIXELS: u64 = 25_000_000;
/// What a decoder may take of the memory, and what comes out of it.
const MOST_MEMORY: u64 = 128 * 1024 * 1024;
/// What shows through where a picture is transparent.
const BEHIND: u32 = 255;

/// A square JPEG with what these bytes show.
pub(super) fn drawn(bytes: &[u8]) -> Result<Vec<u8>, UsersError> {
    let format = image::guess_format(bytes).ok();
    let known = [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP, ImageFormat::Gif];
    let format = format.filter(|format| known.contains(format)).ok_or_else(|| {
        Problem::unsupported_media_type().detail("A picture is a PNG, JPEG, WebP or GIF, whatever the header says.")
    })?;
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits());
    let mut decoder = reader.into_decoder().map_err(|error| broken(&error))?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    // Not every decoder keeps to its limits, so what it declares is looked at first.
    if width.max(height) > LONGEST_SIDE || pixels > MOST_PIXELS || decoder.total_bytes() > MOST_MEMORY {
        return Err(too_many_pixels());
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let image = DynamicImage::from_decoder(decoder).map_err(|error| broken(&error))?;
    let mut square = shrunk(image);
    // Of a square it is the same before and after, and after it is cheap.
    square.apply_orientation(orientation);
    let mut written = Vec::new();
    JpegEncoder::new_with_quality(&mut written, QUALITY)
        .encode(&square.into_rgb8(), SIDE, SIDE, ExtendedColorType::Rgb8)
        .map_err(|error| {
            tracing::error!(%error, "a picture cannot be written");
            Problem::internal()
        })?;
    Ok(written)
}

/// The square in its middle. It is cut out first: a line of one pixel's width, made as wide as a square, would be as long as no
/// memory is.
fn shrunk(image: DynamicImage) -> DynamicImage {
    let side = image.width().min(image.height());
    let (left, top) = ((image.width() - side) / 2, (image.height() - side) / 2);
    let middle = image.crop_imm(left, top, side, side);
    let has_alpha = middle.color().has_alpha();
    drop(image);
    let mut middle = DynamicImage::ImageRgba8(middle.into_rgba8());
    if has_alpha && let Some(pixels) = middle.as_mut_rgba8() {
        pixels.pixels_mut().for_each(|pixel| pixel.0 = opaque(pixel.0));
    }
    middle.resize_exact(SIDE, SIDE, FilterType::Triangle)
}

/// A pixel in front of what is behind it.
fn opaque([red, green, blue, alpha]: [u8; 4]) -> [u8; 4] {
    let alpha = u32::from(alpha);
    let over = |value: u8| {
        let value = (u32::from(value) * alpha + BEHIND * (255 - alpha)) / 255;
        u8::try_from(value).unwrap_or(u8::MAX)
    };
    [over(red), over(green), over(blue), u8::MAX]
}

fn limits() -> Limits {
    let mut limits = Limits::default();
    (limits.max_image_width, limits.max_image_height) = (Some(LONGEST_SIDE), Some(LONGEST_SIDE));
    limits.max_alloc = Some(MOST_MEMORY);
    limits
}

fn too_many_pixels() -> UsersError {
    UsersError::invalid("avatar", FieldCode::TooLong, "has too many pixels")
}

fn broken(error: &image::ImageError) -> UsersError {
    tracing::debug!(%error, "what was sent is no picture");
    match error {
        image::ImageError::Limits(_) => too_many_pixels(),
        _ => UsersError::invalid("avatar", FieldCode::Invalid, "is broken, or no picture"),
    }
}
