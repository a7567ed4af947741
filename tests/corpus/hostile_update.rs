//! Updates no client writes: well-formed bytes with contradictory structure, and mutations of real ones.

use super::xorshift::Random;

/// Real updates, captured from stock clients, and byte strings that once broke something.
const CORPUS: &str = include_str!("updates.txt");

/// Makes hostile updates; remembers what was applied, to continue it.
#[derive(Debug, Default)]
pub struct Forge {
    applied: Vec<Vec<u8>>,
    /// Clocks of each client that exist, with those of the update being made.
    clocks: [u64; 4],
    /// Where types were put, whether or not that was applied.
    types: Vec<(u64, u64)>,
}

impl Forge {
    /// Returns the next update for a replica that has these clocks of the clients 0 to 3.
    pub fn next(&mut self, random: &mut Random, clocks: [u64; 4]) -> Vec<u8> {
        self.clocks = clocks;
        match random.below(20) {
            0 => {
                let real = corpus_line(random);
                mutated(random, &real)
            }
            1 => corpus_line(random),
            2 if !self.applied.is_empty() => {
                let applied = self.applied[random.index(self.applied.len())].clone();
                mutated(random, &applied)
            }
            3 => {
                let forged = self.forged(random);
                mutated(random, &forged)
            }
            _ => self.forged(random),
        }
    }

    /// Keeps an update that was applied.
    pub fn remember(&mut self, update: Vec<u8>) {
        self.applied.push(update);
    }

    fn forged(&mut self, random: &mut Random) -> Vec<u8> {
        let mut out = Vec::new();
        let mut clients = vec![0u64, 1, 2, 3];
        clients.rotate_left(random.index(4));
        if random.below(2) == 0 {
            clients.reverse();
        }
        clients.truncate(random.index(4));
        var_uint(&mut out, clients.len() as u64);
        for client in clients {
            self.section(random, &mut out, client);
        }
        deletes(random, &mut out, self.clocks);
        out
    }

    fn section(&mut self, random: &mut Random, out: &mut Vec<u8>, client: u64) {
        let slot = usize::try_from(client).expect("below 4");
        let structs = 1 + random.below(4);
        let start = match random.below(24) {
            0..4 => self.clocks[slot].saturating_sub(1 + random.below(3)),
            4 => self.clocks[slot] + random.below(3),
            5 => random.pick(&[0, (1 << 30) - 2, u64::from(u32::MAX) - 1, 1 << 31]),
            _ => self.clocks[slot],
        };
        var_uint(out, structs);
        var_uint(out, client);
        var_uint(out, start);
        let mut clock = start;
        for _ in 0..structs {
            clock += self.item(random, out, client, clock);
        }
        self.clocks[slot] = clock.min(1000);
    }

    /// Writes one struct and returns its length in clocks.
    fn item(&mut self, random: &mut Random, out: &mut Vec<u8>, client: u64, clock: u64) -> u64 {
        let reference = match random.below(40) {
            0 => random.pick(&[10, 2, 9, 11, 15]),
            _ => random.pick(&[0, 1, 3, 4, 4, 4, 5, 6, 7, 7, 7, 8, 8]),
        };
        if matches!(reference, 0 | 10) {
            out.push(reference);
            return length(random, out);
        }
        // Without flags for places: inside a root or a type; with a key: an entry of a map.
        let flags = random.pick(&[0, 0, 0x20, 0x80, 0x80, 0xc0, 0x40, 0xa0]);
        out.push(reference | flags);
        for flag in [0x80, 0x40] {
            if flags & flag != 0 {
                self.id(random, out, client, clock);
            }
        }
        if flags & 0xc0 == 0 {
            self.parent(random, out, client, clock);
            if flags & 0x20 != 0 {
                out.extend([1, random.pick(b"kl")]);
            }
        }
        if reference == 7 {
            self.types.push((client, clock));
        }
        content(random, out, reference)
    }

    fn parent(&self, random: &mut Random, out: &mut Vec<u8>, client: u64, clock: u64) {
        if random.below(2) == 0 || self.types.is_empty() {
            out.extend([1, 1, random.pick(b"tm")]);
        } else if random.below(12) == 0 {
            out.push(0);
            self.id(random, out, client, clock);
        } else {
            let (client, clock) = random.pick(&self.types);
            out.push(0);
            var_uint(out, client);
            var_uint(out, clock);
        }
    }

    /// Writes an id that mostly exists.
    fn id(&self, random: &mut Random, out: &mut Vec<u8>, client: u64, clock: u64) {
        let other = random.below(4);
        let (other, known) = match self.clocks[usize::try_from(other).expect("below 4")] {
            _ if other == client => (client, clock),
            0 => (client, clock),
            known => (other, known),
        };
        var_uint(out, other);
        let ahead = u64::from(random.below(40) == 0) * 3;
        let bound = known.clamp(1, 1000) + ahead;
        // Mostly near the end, where the last updates were.
        let back = if random.below(2) == 0 { random.below(bound.min(6)) } else { random.below(bound) };
        var_uint(out, bound - 1 - back);
    }
}

fn content(random: &mut Random, out: &mut Vec<u8>, reference: u8) -> u64 {
    match reference {
        1 => return length(random, out),
        3 => out.extend([2, 1, 2]),
        4 => {
            let text = random.pick(&["a", "abc", "é", "😀", "x😀y", "𝄞𝄞"]);
            string(out, text);
            return text.encode_utf16().count() as u64;
        }
        5 => string(
            out,
            match random.below(30) {
                0 => random.pick(&["\"\\ud83d\"", "12345678901234567890", "{", "[1,"]),
                _ => random.pick(&["{\"a\":1}", "1.5", "[[]]", "null", "99999999999999999999"]),
            },
        ),
        6 => {
            string(out, random.pick(&["bold", "link"]));
            string(out, random.pick(&["true", "null", "{\"href\":\"x\"}", "1e300"]));
        }
        7 => {
            let kind = match random.below(40) {
                0 => random.pick(&[5, 7, 9, 15]),
                _ => random.pick(&[0, 1, 2, 3, 4, 6]),
            };
            out.push(kind);
            if matches!(kind, 3 | 5) {
                string(out, "p");
            }
        }
        8 => {
            let values = 1 + random.below(3);
            var_uint(out, values);
            for _ in 0..values {
                out.extend_from_slice(random.pick(&[
                    &b"\x7f"[..],
                    b"\x7e",
                    b"\x7d\x05",
                    b"\x78",
                    b"\x77\x01a",
                    b"\x74\x01\x00",
                    b"\x75\x01\x7e",
                    b"\x76\x01\x01k\x7e",
                    b"\x7b\x40\x09\x21\xfb\x54\x44\x2d\x18",
                ]));
            }
            return values;
        }
        _ => out.extend([1, 1, 0]),
    }
    1
}

/// Writes a length that is mostly small.
fn length(random: &mut Random, out: &mut Vec<u8>) -> u64 {
    let len = match random.below(300) {
        0..3 => 0,
        3 => (1 << 30) - 200,
        4 => u64::from(u32::MAX),
        _ => 1 + random.below(3),
    };
    var_uint(out, len);
    len
}

/// Writes a delete set; mostly of clocks that exist, in any order and overlapping.
fn deletes(random: &mut Random, out: &mut Vec<u8>, clocks: [u64; 4]) {
    let clients = random.below(3);
    var_uint(out, clients);
    let first = random.below(4);
    for client in 0..clients {
        let client = (first + client) % 4;
        let known = clocks[usize::try_from(client).expect("below 4")];
        let ranges = random.below(4);
        var_uint(out, client);
        var_uint(out, ranges);
        for _ in 0..ranges {
            let clock = random.below(known.max(1));
            var_uint(out, clock);
            let ahead = u64::from(random.below(40) == 0) * 3;
            var_uint(out, random.below((known.saturating_sub(clock) + 1).min(6)) + ahead);
        }
    }
}

fn corpus_line(random: &mut Random) -> Vec<u8> {
    let lines: Vec<&str> = CORPUS.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).collect();
    let digits = random.pick(&lines).as_bytes();
    let byte =
        |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).expect("ASCII"), 16).expect("hexadecimal");
    digits.chunks(2).map(byte).collect()
}

/// Changes a few bytes: another value, one bit, one more, one less, or a copied stretch.
fn mutated(random: &mut Random, update: &[u8]) -> Vec<u8> {
    let mut bytes = update.to_vec();
    for _ in 0..=random.below(3) {
        if bytes.is_empty() {
            return bytes;
        }
        let at = random.index(bytes.len());
        match random.below(6) {
            0 => bytes[at] = random.next().to_le_bytes()[0],
            1 => bytes[at] ^= 1 << random.below(8),
            2 => bytes.insert(at, random.next().to_le_bytes()[0]),
            3 => drop(bytes.remove(at)),
            4 => bytes[at] = random.pick(&[0, 1, 0x7f, 0x80, 0xff]),
            _ => {
                let end = at + random.index(bytes.len() - at);
                let stretch = bytes[at..end].to_vec();
                let to = random.index(bytes.len());
                bytes.splice(to..to, stretch);
            }
        }
    }
    bytes
}

fn string(out: &mut Vec<u8>, text: &str) {
    var_uint(out, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

fn var_uint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    out.push(value.to_le_bytes()[0]);
}
