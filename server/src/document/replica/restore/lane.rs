//! Restoring one list: what is there in both states stays, what was deleted since comes back where it was, what was added
//! since goes.

use weft_protocol::validate::{Content, Id, Parent, first_value};

use super::draft::Spot;
use super::likeness::{self, Token};
use super::merge::Merge;
use super::outline::NONE;
use super::{RestoreError, cut};

/// Longer stretches without a single item that stayed are not searched for what is alike: a token takes 64 bytes.
const TOKENS_MAX: usize = 1 << 20;

/// A part of an item of the live state.
#[derive(Debug, Clone, Copy)]
struct Site {
    item: u32,
    clock: u32,
    end: u32,
}

/// A part of an item of the old state that is alive there.
#[derive(Debug, Clone, Copy)]
struct Part<'a> {
    old: u32,
    content: Content<'a>,
    /// Where the live state has it, alive or deleted.
    site: Option<Site>,
    /// It is alive there.
    stays: bool,
}

/// One list of the live state on the way to its old content, from the first item to the last.
pub(super) struct Lane<'w, 'm, 'a> {
    merge: &'w mut Merge<'m, 'a>,
    list: Option<u32>,
    parent: Parent<'a>,
    /// The item, and the clock in it, behind which everything is still to be looked at.
    cursor: Option<(u32, u32)>,
    /// The left neighbour of what comes next.
    left: Option<Id>,
    /// The last new item is at the cursor.
    joins: bool,
}

impl<'w, 'm, 'a> Lane<'w, 'm, 'a> {
    pub(super) fn new(merge: &'w mut Merge<'m, 'a>, list: Option<u32>, parent: Parent<'a>) -> Self {
        Self { merge, list, parent, cursor: None, left: None, joins: false }
    }

    /// Makes its content that of a list of the old state.
    pub(super) fn restore(mut self, old: Option<u32>) -> Result<(), RestoreError> {
        let parts = self.parts(old);
        let mut rest = &parts[..];
        while !rest.is_empty() {
            let free = rest.iter().position(|part| part.stays).unwrap_or(rest.len());
            let next = rest.get(free).and_then(|part| part.site);
            self.replace(&rest[..free], next)?;
            if let (Some(site), Some(part)) = (next, rest.get(free)) {
                self.keep(site, part.old);
            }
            rest = &rest[rest.len().min(free + 1)..];
        }
        Ok(())
    }

    /// Returns what is alive in the old list, cut so that each part is in one item of the live state.
    fn parts(&self, old: Option<u32>) -> Vec<Part<'a>> {
        let mut parts = Vec::new();
        // Both states put the same items in the same order; should they not, the later one counts as unknown.
        let mut passed = (0, 0);
        let state = self.merge.old;
        for old in state.alive(old) {
            let (item, mut content) = (state.item(old), state.item(old).content);
            let mut clock = item.id.clock;
            while clock < item.end {
                let site = self.site(Id { client: item.id.client, clock }, item.end);
                let end = site.map_or(item.end, |site| site.end);
                let (taken, rest, is_torn) =
                    if end < item.end { cut::split(content, end - clock) } else { (content, content, false) };
                let site = site.filter(|site| self.position(*site) >= passed);
                let whole_end = end - u32::from(is_torn);
                if whole_end > clock {
                    let site = site.map(|site| Site { end: whole_end, ..site });
                    let stays = site.is_some_and(|site| self.merge.live.item(site.item).alive);
                    parts.push(Part { old, content: taken, site, stays });
                }
                passed = site.map_or(passed, |site| (self.position(site).0, end));
                (clock, content) = (end, rest);
                if is_torn {
                    // The halves of a character that was cut since are replaced by the character.
                    let Content::Text(text) = content else { break };
                    let (first, rest) = text.split_at(text.chars().next().map_or(0, char::len_utf8));
                    let site = self.site(Id { client: item.id.client, clock }, clock + 1);
                    let site = site.filter(|site| self.position(*site) >= passed);
                    parts.push(Part { old, content: Content::Text(first), site, stays: false });
                    (clock, content) = (clock + 1, Content::Text(rest));
                }
            }
        }
        parts
    }

    /// Returns where this list has an id, up to `end` at most.
    fn site(&self, id: Id, end: u32) -> Option<Site> {
        let live = self.merge.live;
        let item = live.find(id).filter(|item| Some(live.item(*item).list) == self.list)?;
        Some(Site { item, clock: id.clock, end: end.min(live.item(item).end) })
    }

    fn position(&self, site: Site) -> (u32, u32) {
        (self.merge.live.item(site.item).position, site.clock)
    }

    fn keep(&mut self, site: Site, old: u32) {
        let client = self.merge.live.item(site.item).id.client;
        self.merge.kept.push((client, site.clock, site.end));
        self.merge.descend(site.item, old);
        self.go_to(site);
    }

    /// Moves behind a part of an item.
    fn go_to(&mut self, site: Site) {
        let client = self.merge.live.item(site.item).id.client;
        self.left = Some(Id { client, clock: site.end - 1 });
        self.cursor = Some((site.item, site.end));
        self.joins = false;
    }

    /// Brings parts back that are not there, before `next` or the end; of what is there instead stays what is alike.
    fn replace(&mut self, parts: &[Part<'a>], next: Option<Site>) -> Result<(), RestoreError> {
        if parts.is_empty() {
            return Ok(());
        }
        let added = self.added(next);
        let matched = if added.is_empty() { None } else { self.matched(parts, &added) };
        let Some((tokens, likes, pairs)) = matched else {
            return parts.iter().try_for_each(|part| self.copy(*part, next));
        };
        let mut pairs = pairs.into_iter().peekable();
        let mut at = 0;
        while at < tokens.len() {
            let before = pairs.peek().map(|(_, like)| site_of(&likes[*like], &added)).or(next);
            if let Some((_, like)) = pairs.next_if(|(token, _)| *token == at) {
                self.keep(site_of(&likes[like], &added), parts[tokens[at].part as usize].old);
                at += 1;
                continue;
            }
            let end = pairs.peek().map_or(tokens.len(), |(token, _)| *token);
            let run = tokens[at..end].chunk_by(|a, b| a.part == b.part).next().expect("it has a token");
            self.copy(slice(parts[run[0].part as usize], run), before)?;
            at += run.len();
        }
        Ok(())
    }

    /// Returns what is alive between the cursor and `next`: it was added since.
    fn added(&self, next: Option<Site>) -> Vec<Site> {
        let live = self.merge.live;
        let mut added = Vec::new();
        let first = self.cursor.map_or(live.list(self.list).first, |(item, _)| item);
        for at in live.from(first) {
            let item = live.item(at);
            let clock = self.cursor.filter(|(item, _)| *item == at).map_or(item.id.clock, |(_, clock)| clock);
            let last = next.filter(|next| next.item == at);
            let end = last.map_or(item.end, |next| next.clock);
            if item.alive && clock < end {
                added.push(Site { item: at, clock, end });
            }
            if last.is_some() {
                break;
            }
        }
        added
    }

    /// Pairs what has to come back with what was added since.
    fn matched(&mut self, parts: &[Part<'a>], added: &[Site]) -> Option<Matched> {
        let live = self.merge.live;
        let clocks =
            |sites: &[Site]| sites.iter().map(|site| (site.end - site.clock) as usize).sum::<usize>();
        let length: usize = parts.iter().map(|part| cut::clocks(part.content)).sum();
        if length > TOKENS_MAX || clocks(added) > TOKENS_MAX {
            return None;
        }
        let (of_live, of_old) = self.merge.prints();
        let mut tokens = Vec::with_capacity(length);
        for (part, index) in parts.iter().zip(0..) {
            tokenize(part.content, index, &mut tokens, |content| {
                (of_old.of_one(content, part.old), of_old.of_kind(content))
            });
        }
        let mut likes = Vec::new();
        for (site, index) in added.iter().zip(0..) {
            let item = live.item(site.item);
            let content = content_of(item.content, (item.id.clock, item.end), *site);
            tokenize(content, index, &mut likes, |content| {
                (of_live.of_one(content, site.item), of_live.of_kind(content))
            });
        }
        let pairs = likeness::pairs(&tokens, &likes);
        Some((tokens, likes, pairs))
    }

    /// Adds a copy of a part: behind where it was deleted if that is before `next`, else where the last one went.
    fn copy(&mut self, part: Part<'a>, next: Option<Site>) -> Result<(), RestoreError> {
        let live = self.merge.live;
        let is_ahead = |site: &Site| {
            let (at, end) = (self.position(*site), (live.item(site.item).position, site.end));
            self.cursor.is_none_or(|(item, clock)| at >= (live.item(item).position, clock))
                && next.is_none_or(|next| end <= self.position(next))
        };
        let site = part.site.filter(is_ahead);
        if self.joins && self.is_run(part.content) && site.is_none_or(|site| self.is_near(site)) {
            self.merge.draft.extend(part.content)?;
        } else {
            if let Some(site) = site {
                self.go_to(site);
            }
            let spot = Spot { left: self.left, right: self.right(), parent: self.parent, key: None };
            let id = self.merge.draft.insert(spot, part.content)?;
            self.merge.fill(part.old, part.content, id);
        }
        self.joins = true;
        self.left = self.merge.draft.last().map(|(id, _)| id);
        Ok(())
    }

    /// Returns whether content can be joined with that of the last new item.
    fn is_run(&self, content: Content<'_>) -> bool {
        matches!(
            (self.merge.draft.last(), content),
            (Some((_, Content::Text(_))), Content::Text(_))
                | (Some((_, Content::Values(_))), Content::Values(_))
        )
    }

    /// Returns whether nothing is alive between the cursor and a place behind it.
    fn is_near(&self, site: Site) -> bool {
        let live = self.merge.live;
        let passed =
            self.cursor.map_or(0, |(item, _)| live.item(item).rank + u32::from(live.item(item).alive));
        live.item(site.item).rank <= passed
    }

    /// Returns what follows the cursor.
    fn right(&self) -> Option<Id> {
        let live = self.merge.live;
        let next = match self.cursor {
            None => live.list(self.list).first,
            Some((item, clock)) if clock < live.item(item).end => {
                return Some(Id { client: live.item(item).id.client, clock });
            }
            Some((item, _)) => live.item(item).right,
        };
        (next != NONE).then(|| live.item(next).id)
    }
}

/// Tokens of what has to come back, tokens of what was added, and pairs of them.
type Matched = (Vec<Token>, Vec<Token>, Vec<(usize, usize)>);

fn site_of(token: &Token, added: &[Site]) -> Site {
    let site = added[token.part as usize];
    Site { item: site.item, clock: site.clock + token.clocks.0, end: site.clock + token.clocks.1 }
}

/// Returns the part of a part that a run of its tokens covers.
fn slice<'a>(part: Part<'a>, run: &[Token]) -> Part<'a> {
    let (first, last) = (run[0], run[run.len() - 1]);
    let content = match part.content {
        Content::Text(text) => Content::Text(&text[first.bytes.0..last.bytes.1]),
        Content::Values(values) => Content::Values(&values[first.bytes.0..last.bytes.1]),
        one @ (Content::Gone | Content::One(..)) => one,
    };
    let within = |site: Site| Site {
        clock: site.clock + first.clocks.0,
        end: site.end.min(site.clock + last.clocks.1),
        ..site
    };
    Part { content, site: part.site.map(within), ..part }
}

/// Returns the content of a part of an item.
fn content_of(content: Content<'_>, (clock, end): (u32, u32), site: Site) -> Content<'_> {
    let behind = if site.clock > clock { cut::split(content, site.clock - clock).1 } else { content };
    if site.end < end { cut::split(behind, site.end - site.clock).0 } else { behind }
}

/// Takes content apart into characters and values; `print` tells what each is and of which kind.
fn tokenize(
    content: Content<'_>,
    part: u32,
    tokens: &mut Vec<Token>,
    print: impl Fn(Content<'_>) -> (u64, u64),
) {
    let mut push = |print: (u64, u64), is_character, clocks, bytes| {
        tokens.push(Token { print: print.0, kind: print.1, is_character, part, clocks, bytes });
    };
    match content {
        Content::Text(text) => {
            let mut clock = 0;
            for (at, character) in text.char_indices() {
                let units = if character.len_utf16() == 2 { 2 } else { 1 };
                push(
                    (u64::from(character), 0),
                    true,
                    (clock, clock + units),
                    (at, at + character.len_utf8()),
                );
                clock += units;
            }
        }
        Content::Values(values) => {
            let (mut rest, mut clock) = (values, 0);
            while let Some((value, behind)) = first_value(rest) {
                let at = values.len() - rest.len();
                let value_print = print(Content::Values(value)).0;
                push((value_print, 0), false, (clock, clock + 1), (at, at + value.len()));
                (rest, clock) = (behind, clock + 1);
            }
        }
        Content::Gone => {}
        Content::One(..) => {
            let (exact, kind) = print(content);
            push((exact, if content.is_type() { kind } else { 0 }), false, (0, 1), (0, 0));
        }
    }
}
