//! The contents of one struct: what kinds exist, and how long they are in clocks.

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use super::{Kind, Refused, Unsupported};
use crate::lib0::{JS_INTEGER_MAX, Malformed, Reader};

/// Deepest nesting of values in one Any or one JSON text. Yjs itself has no bound; readers recurse.
pub const DEPTH_MAX: usize = 100;

/// What an item holds, as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content<'a> {
    /// Nothing: a tombstone or a gap.
    Gone,
    /// A run of text, one clock a UTF-16 code unit.
    Text(&'a str),
    /// Values, one clock each, one behind the other.
    Values(&'a [u8]),
    /// One thing of one clock: its content reference, and its bytes.
    One(u8, &'a [u8]),
}

impl<'a> Content<'a> {
    /// Content reference of text.
    pub const TEXT: u8 = 4;
    /// Content reference of a JSON value inside a text.
    pub const EMBED: u8 = 5;
    /// Content reference of a format mark.
    pub const FORMAT: u8 = 6;
    /// Content reference of a shared type.
    pub const TYPE: u8 = 7;
    /// Content reference of values.
    pub const VALUES: u8 = 8;

    /// Takes apart what [`read`] has passed.
    pub(super) fn of(reference: u8, bytes: &'a [u8]) -> Self {
        let mut reader = Reader::new(bytes);
        match reference {
            0 | 1 | 10 => Self::Gone,
            Self::TEXT => Self::Text(reader.var_string().expect("parse read the same bytes")),
            Self::VALUES => {
                reader.var_uint().expect("parse read the same bytes");
                Self::Values(&bytes[reader.at()..])
            }
            other => Self::One(other, bytes),
        }
    }

    /// Returns whether it is a shared type.
    #[must_use]
    pub fn is_type(&self) -> bool {
        matches!(self, Self::One(Self::TYPE, _))
    }
}

/// Splits the first value off values one behind the other; `None` if none is left.
#[must_use]
pub fn first_value(values: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut reader = Reader::new(values);
    any(&mut reader, 1).ok()?;
    Some(values.split_at(reader.at()))
}

/// Reads the content of an item whose content reference is `reference` and returns its kind and its length in
/// clocks.
#[inline]
pub(super) fn read(reader: &mut Reader<'_>, reference: u8) -> Result<(Kind, u64), Refused> {
    let at = reader.at();
    match reference {
        1 => Ok((Kind::Deleted, reader.var_uint()?)),
        2 => Err(Refused::unsupported(Unsupported::LegacyJson, at)),
        3 => reader.var_bytes().map(|_| (Kind::Other, 1)).map_err(Refused::from),
        4 => Ok((Kind::Text, utf16_len(reader.var_string()?))),
        5 => json(reader).map(|()| (Kind::Other, 1)),
        6 => {
            reader.var_string()?;
            json(reader).map(|()| (Kind::Other, 1))
        }
        7 => type_reference(reader).map(|()| (Kind::Type, 1)),
        8 => anys(reader).map(|count| (Kind::Other, count)),
        9 => Err(Refused::unsupported(Unsupported::Subdocument, at)),
        11 => Err(Refused::unsupported(Unsupported::Move, at)),
        other => Err(Refused::unsupported(Unsupported::Content(other), at)),
    }
}

/// Returns the length in UTF-16 code units, which is what Yjs counts clocks of text in.
fn utf16_len(text: &str) -> u64 {
    if text.len() < 2 {
        return text.len() as u64;
    }
    // Every byte that does not continue a character starts one; only four-byte characters need two units.
    text.bytes().map(|byte| u64::from(byte & 0xc0 != 0x80) + u64::from(byte >= 0xf0)).sum()
}

fn type_reference(reader: &mut Reader<'_>) -> Result<(), Refused> {
    let at = reader.at();
    // Yjs writes a varUint and yrs reads one byte: they agree below 128, where every known reference is.
    match reader.byte()? {
        0..=2 | 4 | 6 => Ok(()),
        3 => reader.var_string().map(|_| ()).map_err(Refused::from),
        5 => Err(Refused::unsupported(Unsupported::XmlHook, at)),
        7 => Err(Refused::unsupported(Unsupported::WeakLink, at)),
        other => Err(Refused::unsupported(Unsupported::Type(other), at)),
    }
}

fn anys(reader: &mut Reader<'_>) -> Result<u64, Refused> {
    let count = reader.count(1)?;
    for _ in 0..count {
        any(reader, 1)?;
    }
    Ok(count as u64)
}

/// Reads one value of lib0's Any. Recursion is bounded by [`DEPTH_MAX`].
fn any(reader: &mut Reader<'_>, depth: usize) -> Result<(), Refused> {
    let at = reader.at();
    if depth > DEPTH_MAX {
        return Err(Refused::unsupported(Unsupported::Depth, at));
    }
    match reader.byte()? {
        127 | 126 | 121 | 120 => {}
        125 => var_int(reader)?,
        124 => drop(reader.take(4)?),
        123 => drop(reader.take(8)?),
        122 => return Err(Refused::unsupported(Unsupported::BigInt, at)),
        119 => drop(reader.var_string()?),
        118 => {
            for _ in 0..reader.count(2)? {
                reader.var_string()?;
                any(reader, depth + 1)?;
            }
        }
        117 => {
            for _ in 0..reader.count(1)? {
                any(reader, depth + 1)?;
            }
        }
        116 => drop(reader.var_bytes()?),
        tag => return Err(Malformed::UnknownTag { tag: u64::from(tag), at }.into()),
    }
    Ok(())
}

/// Reads lib0's signed integer: the first byte carries the sign and six bits, the others seven.
fn var_int(reader: &mut Reader<'_>) -> Result<(), Refused> {
    let at = reader.at();
    let first = reader.byte()?;
    let mut magnitude = u64::from(first & 0x3f);
    let mut shift = 6u32;
    let mut byte = first;
    while byte >= 0x80 {
        // Eight bytes hold 55 bits; one more could only be padding.
        if shift > 48 {
            return Err(Malformed::IntegerTooLarge { at }.into());
        }
        byte = reader.byte()?;
        magnitude |= u64::from(byte & 0x7f) << shift;
        shift += 7;
    }
    if magnitude > JS_INTEGER_MAX {
        return Err(Malformed::IntegerTooLarge { at }.into());
    }
    Ok(())
}

/// Reads a JSON text exactly as strictly as the CRDT does later, so that it cannot fail there.
fn json(reader: &mut Reader<'_>) -> Result<(), Refused> {
    let at = reader.at();
    let text = reader.var_string()?;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    Json::deserialize(&mut deserializer)
        .and_then(
            |Json(depth)| if depth > DEPTH_MAX { Err(serde::de::Error::custom("depth")) } else { Ok(()) },
        )
        .and_then(|()| deserializer.end())
        .map_err(|_| Refused::unsupported(Unsupported::Json, at))
}

/// A JSON value that was read and thrown away; keeps its depth. serde_json itself stops at 128 levels.
struct Json(usize);

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // `IgnoredAny` would be shorter but skips over half surrogate pairs without looking.
        deserializer.deserialize_any(JsonVisitor)
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Json, E> {
        Ok(Json(1))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Json, E> {
        Ok(Json(1))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Json, E> {
        i64::try_from(value).map(|_| Json(1)).map_err(E::custom)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Json, E> {
        Ok(Json(1))
    }

    fn visit_str<E>(self, _: &str) -> Result<Json, E> {
        Ok(Json(1))
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json(1))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Json, A::Error> {
        let mut deepest = 0;
        while let Some(Json(depth)) = values.next_element()? {
            deepest = deepest.max(depth);
        }
        Ok(Json(deepest + 1))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Json, A::Error> {
        let mut deepest = 0;
        while let Some((Json(_), Json(depth))) = entries.next_entry()? {
            deepest = deepest.max(depth);
        }
        Ok(Json(deepest + 1))
    }
}
