//! Fingerprints of content: equal where the content is equal, however it was cut and by whom it was written.

use std::hash::{BuildHasher, Hash, Hasher, RandomState};

use weft_protocol::lib0::Reader;
use weft_protocol::validate::{Content, first_value};

use super::outline::{Outline, Owner};

/// Fingerprints of the types of a state, with everything in them.
///
/// The hash is keyed at random: nobody can look for two contents that look the same.
pub(super) struct Prints {
    hasher: RandomState,
    /// By item; 0 for what is no type.
    types: Vec<u64>,
}

impl Prints {
    pub(super) fn new(outline: &Outline<'_>, hasher: RandomState) -> Self {
        let mut prints = Self { hasher, types: vec![0; outline.items.len()] };
        // What is in a type was put in after it, so it is looked at first.
        for at in outline.order.iter().rev() {
            if outline.item(*at).alive && outline.item(*at).content.is_type() {
                prints.types[*at as usize] = prints.of_type(outline, *at);
            }
        }
        prints
    }

    fn of_type(&self, outline: &Outline<'_>, at: u32) -> u64 {
        let mut hasher = self.hasher.build_hasher();
        let Content::One(_, kind) = outline.item(at).content else { return 0 };
        kind.hash(&mut hasher);
        let Some(parts) = outline.types.get(&Owner::Item(at)) else { return hasher.finish() };
        let mut after_text = false;
        for at in outline.alive(parts.sequence) {
            let content = outline.item(at).content;
            if let Content::Text(text) = content {
                hasher.write(text.as_bytes());
                after_text = true;
            } else {
                // No UTF-8 has this byte.
                hasher.write_u8(if after_text { 0xff } else { 0xfe });
                after_text = false;
                self.of_each(content, at).for_each(|print| hasher.write_u64(print));
            }
        }
        for (key, list) in &parts.entries {
            if let Some(at) = outline.value(Some(*list)) {
                hasher.write_u8(0xfd);
                key.hash(&mut hasher);
                self.of_each(outline.item(at).content, at).for_each(|print| hasher.write_u64(print));
            }
        }
        hasher.finish()
    }

    /// Returns the fingerprints of what is in an item but text: one for each clock.
    fn of_each<'a>(&self, content: Content<'a>, at: u32) -> impl Iterator<Item = u64> {
        let (values, other) = match content {
            Content::Values(values) => (values, None),
            other => (&[][..], Some(self.of_one(other, at))),
        };
        let next = |(_, rest): &(&'a [u8], &'a [u8])| first_value(rest);
        let values = std::iter::successors(first_value(values), next);
        values.map(|(value, _)| self.of_value(value)).chain(other)
    }

    /// Returns the fingerprint of what is not cut any more: a type by its item, everything else by its content.
    pub(super) fn of_one(&self, content: Content<'_>, at: u32) -> u64 {
        match content {
            Content::Values(value) => self.of_value(value),
            Content::One(Content::TYPE, _) => self.types[at as usize],
            Content::One(reference @ (Content::EMBED | Content::FORMAT), bytes) => {
                let mut reader = Reader::new(bytes);
                let is_format = reference == Content::FORMAT;
                let key = is_format.then(|| reader.var_string().unwrap_or_default());
                let json = reader.var_string().unwrap_or_default();
                let sorted = serde_json::from_str::<serde_json::Value>(json).map(|value| value.to_string());
                self.hasher.hash_one((reference, key, sorted.unwrap_or_else(|_| json.to_owned())))
            }
            other => self.of_kind(other),
        }
    }

    /// Returns the fingerprint of the bytes alone: two types of one kind have the same.
    pub(super) fn of_kind(&self, content: Content<'_>) -> u64 {
        match content {
            Content::Gone => 0,
            Content::Text(text) => self.hasher.hash_one(text),
            Content::Values(bytes) => self.hasher.hash_one((Content::VALUES, bytes)),
            Content::One(reference, bytes) => self.hasher.hash_one((reference, bytes)),
        }
    }

    fn of_value(&self, value: &[u8]) -> u64 {
        self.of_any(&mut Reader::new(value)).unwrap_or_else(|| self.hasher.hash_one(value))
    }

    /// Objects are written in any order. Recursion is bounded by the validator's depth of values.
    fn of_any(&self, reader: &mut Reader<'_>) -> Option<u64> {
        let mut hasher = self.hasher.build_hasher();
        let tag = reader.byte().ok()?;
        hasher.write_u8(tag);
        match tag {
            118 => {
                let mut entries = Vec::new();
                for _ in 0..reader.count(2).ok()? {
                    entries.push((reader.var_string().ok()?, self.of_any(reader)?));
                }
                entries.sort_unstable();
                entries.hash(&mut hasher);
            }
            117 => {
                for _ in 0..reader.count(1).ok()? {
                    hasher.write_u64(self.of_any(reader)?);
                }
            }
            119 | 116 => reader.var_bytes().ok()?.hash(&mut hasher),
            124 => hasher.write(reader.take(4).ok()?),
            123 => hasher.write(reader.take(8).ok()?),
            125 => {
                while {
                    let byte = reader.byte().ok()?;
                    hasher.write_u8(byte);
                    byte >= 0x80
                } {}
            }
            _ => {}
        }
        Some(hasher.finish())
    }
}
