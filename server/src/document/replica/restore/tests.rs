mod generated;

use yrs::types::{Attrs, ToJson};
use yrs::updates::decoder::Decode;
use yrs::{
    Any, Array, ArrayPrelim, Doc, GetString, Map, MapPrelim, OffsetKind, Options, ReadTxn, StateVector, Text,
    TextPrelim, Transact, Xml, XmlElementPrelim, XmlFragment, XmlOut, XmlTextPrelim,
};

use super::super::{Outcome, Replica};
use super::*;

/// A client with all its content, and no other.
fn client(id: u64) -> Doc {
    let mut options = Options::with_guid_and_client_id("test".into(), yrs::block::ClientID::new(id));
    options.offset_kind = OffsetKind::Utf16;
    Doc::with_options(options)
}

fn state(doc: &Doc) -> Vec<u8> {
    doc.transact().encode_diff_v1(&StateVector::default())
}

fn apply(doc: &Doc, update: &[u8]) {
    let update = yrs::Update::decode_v1(update).expect("an update");
    doc.transact_mut().apply_update(update).expect("applies");
}

/// What the server would store of this state.
fn stored(doc: &Doc) -> Vec<u8> {
    Replica::from_state(&state(doc)).expect("valid").encode_state().expect("encodes")
}

/// Restores, takes the update as the server would, and brings it to the client.
fn restored(live: &Doc, old: &[u8]) -> Vec<u8> {
    let before = stored(live);
    let update = restore(&before, old).expect("restores").unwrap_or_else(|| vec![0, 0]);
    let mut replica = Replica::from_state(&before).expect("valid");
    let outcome = replica.apply(&update).expect("is taken");
    assert!(matches!(outcome, Outcome::Applied | Outcome::Known), "{outcome:?}");
    Replica::verify_state(&replica.encode_state().expect("encodes")).expect("reads as it was written");
    apply(live, &update);
    update
}

fn text_of(doc: &Doc) -> String {
    let text = doc.get_or_insert_text("text");
    text.get_string(&doc.transact())
}

fn loaded(id: u64, state: &[u8]) -> Doc {
    let doc = client(id);
    apply(&doc, state);
    doc
}

#[test]
fn deleted_text_comes_back_and_added_text_goes() {
    let doc = client(1);
    let text = doc.get_or_insert_text("text");
    text.insert(&mut doc.transact_mut(), 0, "one 😀 three");
    let old = stored(&doc);
    text.remove_range(&mut doc.transact_mut(), 0, 3);
    text.insert(&mut doc.transact_mut(), 2, "FOUR ");
    restored(&doc, &old);
    assert_eq!(text_of(&doc), "one 😀 three");
}

/// [T22]
#[test]
fn restoring_what_is_there_changes_nothing() {
    let doc = client(1);
    doc.get_or_insert_text("text").insert(&mut doc.transact_mut(), 0, "abc");
    doc.get_or_insert_map("map").insert(&mut doc.transact_mut(), "k", 1);
    let old = stored(&doc);
    assert_eq!(restore(&old, &old), Ok(None));
    doc.get_or_insert_text("text").remove_range(&mut doc.transact_mut(), 0, 1);
    restored(&doc, &old);
    // Other items hold the content now; they stay.
    assert_eq!(restore(&stored(&doc), &old), Ok(None));
}

/// [T21]
#[test]
fn what_others_type_meanwhile_survives_where_they_typed_it() {
    let doc = client(1);
    let text = doc.get_or_insert_text("text");
    text.insert(&mut doc.transact_mut(), 0, "Hello big world");
    let old = stored(&doc);
    text.remove_range(&mut doc.transact_mut(), 6, 4);
    text.insert(&mut doc.transact_mut(), 6, "small ");
    let other = loaded(u64::from(u32::MAX), &state(&doc));
    let theirs = other.get_or_insert_text("text");
    theirs.insert(&mut other.transact_mut(), 17, "!");
    theirs.insert(&mut other.transact_mut(), 8, "xx");
    theirs.insert(&mut other.transact_mut(), 0, ">");
    let update = restored(&doc, &old);
    assert_eq!(text_of(&doc), "Hello big world");
    apply(&doc, &state(&other));
    apply(&other, &update);
    assert_eq!(text_of(&doc), text_of(&other));
    assert_eq!(text_of(&doc), ">Hello bigxx world!");
}

/// [T21]
#[test]
fn what_others_type_on_either_side_of_what_comes_back_is_on_that_side() {
    let doc = client(1);
    let text = doc.get_or_insert_text("text");
    text.insert(&mut doc.transact_mut(), 0, "one two three");
    let old = stored(&doc);
    // They had it all before them: one wrote ahead of what was about to be deleted, the other behind it.
    let typed = |id, at, words| {
        let other = loaded(id, &state(&doc));
        let theirs = other.get_or_insert_text("text");
        theirs.insert(&mut other.transact_mut(), at, words);
        other
    };
    let others = [typed(u64::from(u32::MAX), 4, "<"), typed(u64::from(u32::MAX) - 1, 7, ">")];
    text.remove_range(&mut doc.transact_mut(), 4, 3);
    restored(&doc, &old);
    others.iter().for_each(|other| apply(&doc, &state(other)));
    assert_eq!(text_of(&doc), "one <two> three");
}

#[test]
fn a_character_that_was_cut_in_half_is_whole_again() {
    for delete in [0, 1] {
        let doc = client(1);
        let text = doc.get_or_insert_text("text");
        text.insert(&mut doc.transact_mut(), 0, "a😀b");
        let old = stored(&doc);
        text.remove_range(&mut doc.transact_mut(), 1 + delete, 1);
        text.insert(&mut doc.transact_mut(), 2, "-");
        restored(&doc, &old);
        assert_eq!(text_of(&doc), "a😀b");
    }
}

#[test]
fn formats_and_embeds_come_back() {
    let doc = client(1);
    let text = doc.get_or_insert_text("text");
    let bold = || Attrs::from([("bold".into(), true.into())]);
    text.insert(&mut doc.transact_mut(), 0, "one two three");
    text.format(&mut doc.transact_mut(), 4, 3, bold());
    text.insert_embed(&mut doc.transact_mut(), 3, Any::from_json(r#"{"image":"a.png"}"#).expect("JSON"));
    let delta = || format!("{:?}", text.diff(&doc.transact(), yrs::types::text::YChange::identity));
    let (old, before) = (stored(&doc), delta());
    text.format(&mut doc.transact_mut(), 0, 12, Attrs::from([("bold".into(), Any::Null)]));
    text.format(&mut doc.transact_mut(), 2, 6, Attrs::from([("color".into(), "red".into())]));
    text.remove_range(&mut doc.transact_mut(), 2, 4);
    assert_ne!(delta(), before);
    restored(&doc, &old);
    assert_eq!(delta(), before);
}

#[test]
fn nested_types_come_back_whole_and_those_that_stayed_stay() {
    let doc = client(1);
    let board = doc.get_or_insert_map("elements");
    let element = |x: i64| MapPrelim::from([("x", Any::from(x)), ("type", "freedraw".into())]);
    for name in ["a", "b"] {
        let one = board.insert(&mut doc.transact_mut(), name, element(1));
        one.insert(&mut doc.transact_mut(), "points", ArrayPrelim::from([1, 2, 3, 4]));
    }
    let json = || board.to_json(&doc.transact());
    let (old, before) = (stored(&doc), json());
    board.remove(&mut doc.transact_mut(), "a");
    board.insert(&mut doc.transact_mut(), "c", element(7));
    let Some(yrs::Out::YMap(b)) = board.get(&doc.transact(), "b") else { panic!("a map") };
    b.insert(&mut doc.transact_mut(), "x", 5);
    b.remove(&mut doc.transact_mut(), "type");
    let Some(yrs::Out::YArray(points)) = b.get(&doc.transact(), "points") else { panic!("an array") };
    points.push_back(&mut doc.transact_mut(), 5);
    points.remove(&mut doc.transact_mut(), 1);
    restored(&doc, &old);
    assert_eq!(json(), before);
    points.push_back(&mut doc.transact_mut(), 9);
    assert_ne!(json(), before, "the array that was there is still the array that is there");
}

#[test]
fn xml_comes_back_with_attributes_and_children() {
    let doc = client(1);
    let body = doc.get_or_insert_xml_fragment("body");
    let heading = body.insert(&mut doc.transact_mut(), 0, XmlElementPrelim::empty("heading"));
    heading.insert_attribute(&mut doc.transact_mut(), "level", "2");
    heading.push_back(&mut doc.transact_mut(), XmlTextPrelim::new("Title"));
    let list = body.push_back(&mut doc.transact_mut(), XmlElementPrelim::empty("list"));
    let item = list.push_back(&mut doc.transact_mut(), XmlElementPrelim::empty("item"));
    item.push_back(&mut doc.transact_mut(), XmlTextPrelim::new("point"));
    let xml = || body.get_string(&doc.transact());
    let (old, before) = (stored(&doc), xml());
    heading.insert_attribute(&mut doc.transact_mut(), "level", "3");
    body.remove_range(&mut doc.transact_mut(), 1, 1);
    body.push_back(&mut doc.transact_mut(), XmlElementPrelim::empty("rule"));
    let Some(XmlOut::Text(title)) = heading.get(&doc.transact(), 0) else { panic!("a text") };
    title.push(&mut doc.transact_mut(), "s");
    let changed = stored(&doc);
    restored(&doc, &old);
    assert_eq!(xml(), before);
    restored(&doc, &changed);
    let undone = xml();
    assert!(undone.contains("Titles") && undone.contains("rule") && !undone.contains("point"), "{undone}");
    title.push(&mut doc.transact_mut(), "!");
    assert!(xml().contains("Titles!"), "the text that was there is still the text that is there");
}

#[test]
fn a_root_of_unknown_type_keeps_both_its_parts() {
    let doc = client(1);
    doc.get_or_insert_text("root").insert(&mut doc.transact_mut(), 0, "list");
    let other = client(2);
    other.get_or_insert_map("root").insert(&mut other.transact_mut(), "key", "entry");
    apply(&doc, &state(&other));
    let old = stored(&doc);
    doc.get_or_insert_text("root").remove_range(&mut doc.transact_mut(), 0, 4);
    other.get_or_insert_map("root").insert(&mut other.transact_mut(), "key", "new");
    apply(&doc, &state(&other));
    doc.get_or_insert_array("since").push_back(&mut doc.transact_mut(), 1);
    let update = restored(&doc, &old);
    apply(&other, &state(&doc));
    assert_eq!(doc.get_or_insert_text("root").get_string(&doc.transact()), "list");
    assert_eq!(other.get_or_insert_map("root").get(&other.transact(), "key"), Some("entry".into()));
    assert_eq!(doc.get_or_insert_array("since").len(&doc.transact()), 0);
    assert_eq!(restore(&stored(&doc), &old), Ok(None), "{update:?}");
}

/// Two who restore the same at the same time do it once.
#[test]
fn the_same_restore_twice_counts_once() {
    let doc = client(1);
    let text = doc.get_or_insert_text("text");
    text.insert(&mut doc.transact_mut(), 0, "abc");
    let old = stored(&doc);
    text.remove_range(&mut doc.transact_mut(), 0, 3);
    let live = stored(&doc);
    let (one, two) = (restore(&live, &old), restore(&live, &old));
    assert_eq!(one, two);
    let update = one.expect("restores").expect("changes");
    apply(&doc, &update);
    apply(&doc, &update);
    assert_eq!(text_of(&doc), "abc");
}

/// [T23]
#[test]
fn what_cannot_be_read_is_refused() {
    let state = b"\x01\x01\x01\x00\x09\x01\x01d\x01g\x76\x00\x00";
    assert!(matches!(restore(state, &[0, 0]), Err(RestoreError::Refused(_))), "a subdocument");
    let gap = b"\x01\x01\x01\x05\x04\x01\x01t\x01a\x00";
    assert_eq!(restore(gap, &[0, 0]), Err(RestoreError::State { what: "clocks are missing" }));
    let dangling = b"\x01\x01\x01\x00\x84\x07\x00\x01a\x00";
    assert_eq!(restore(&[0, 0], dangling), Err(RestoreError::State { what: "causes are missing" }));
    let waiting = b"\x02\x01\x02\x00\x84\x01\x00\x01a\x01\x01\x00\x84\x02\x00\x01a\x00";
    assert_eq!(restore(waiting, &[0, 0]), Err(RestoreError::State { what: "items wait for each other" }));
}

/// Long texts and long arrays, cut into tens of thousands of items, and one long text for another.
#[test]
fn long_lists_are_restored_as_short_ones() {
    let doc = client(1);
    let text = doc.get_or_insert_text("text");
    let array = doc.get_or_insert_array("array");
    for at in 0..3_000 {
        text.insert(&mut doc.transact_mut(), at * 4, if at % 3 == 0 { "ten lé 10 " } else { "0123456789" });
    }
    array.insert_range(&mut doc.transact_mut(), 0, (0..30_000).map(i64::from).collect::<Vec<_>>());
    let (old, before) = (stored(&doc), text_of(&doc));
    for at in 0..1_500 {
        text.remove_range(&mut doc.transact_mut(), at, 1);
        array.remove(&mut doc.transact_mut(), at);
    }
    let update = restored(&doc, &old);
    assert!(update.len() < 200_000, "{} bytes", update.len());
    assert_eq!(text_of(&doc), before);
    text.remove_range(&mut doc.transact_mut(), 0, 20_000);
    text.insert(&mut doc.transact_mut(), 0, &before[..before.len() - 10]);
    restored(&doc, &old);
    assert_eq!(text_of(&doc), before);
}

#[test]
fn types_inside_types_are_followed_without_a_stack() {
    let doc = client(1);
    let mut inner =
        doc.get_or_insert_array("array").push_back(&mut doc.transact_mut(), ArrayPrelim::default());
    for _ in 0..400 {
        inner = inner.push_back(&mut doc.transact_mut(), ArrayPrelim::default());
    }
    inner.push_back(&mut doc.transact_mut(), TextPrelim::new("deep"));
    let json = || doc.get_or_insert_array("array").to_json(&doc.transact());
    let (old, before) = (stored(&doc), json());
    doc.get_or_insert_array("array").remove(&mut doc.transact_mut(), 0);
    restored(&doc, &old);
    assert_eq!(json(), before);
}
