//! Flat texts, the expected and the hostile, seen from afar.

use weft_protocol::lib0::{write_var_string, write_var_uint};
use yrs::{Any, Map, MapPrelim, MapRef, Text, TextRef, TransactionMut, WriteTxn};

use super::*;

fn flat(make: impl FnOnce(&mut TransactionMut<'_>, &TextRef)) -> Vec<Block> {
    let preview = seen(|transaction| {
        let root = transaction.get_or_insert_text("text");
        make(transaction, &root);
    });
    match preview {
        Preview::Document { blocks } => blocks,
        Preview::Empty => Vec::new(),
        Preview::Whiteboard { .. } => panic!("{preview:?}"),
    }
}

fn lines(make: impl FnOnce(&mut TransactionMut<'_>, &TextRef)) -> Vec<String> {
    flat(make).iter().map(line).collect()
}

/// Adds a block behind the others: its mark, and its letters.
fn push(
    transaction: &mut TransactionMut<'_>,
    root: &TextRef,
    kind: &str,
    within: &str,
    letters: &str,
) -> MapRef {
    let end = root.len(transaction);
    let mark = root.insert_embed(transaction, end, MapPrelim::default());
    if !kind.is_empty() {
        mark.insert(transaction, "type", kind);
    }
    if !within.is_empty() {
        mark.insert(transaction, "in", within.split(' ').map(Any::from).collect::<Vec<_>>());
    }
    root.push(transaction, letters);
    mark
}

/// [O6]
#[test]
fn every_block_of_a_flat_text_is_told() {
    let told = lines(|transaction, root| {
        let containers = transaction.get_or_insert_map("containers");
        containers.insert(transaction, "d.checked", true);
        push(transaction, root, "heading", "", "Title").insert(transaction, ".level", 2);
        push(transaction, root, "", "", "");
        push(transaction, root, "paragraph", "", "Some  text\nin two lines");
        push(transaction, root, "", "bulletList a listItem 1", "first");
        push(transaction, root, "", "bulletList a listItem 1 bulletList b listItem 1", "deeper");
        push(transaction, root, "", "bulletList a listItem 1", "below");
        push(transaction, root, "", "bulletList a listItem 2", "second");
        push(transaction, root, "", "orderedList c listItem 1", "one");
        push(transaction, root, "", "taskList t taskItem d", "done");
        push(transaction, root, "", "taskList t taskItem o", "open");
        push(transaction, root, "", "blockquote q", "said");
        push(transaction, root, "", "blockquote q", "and said");
        push(transaction, root, "codeBlock", "", "let a = 1;\nlet b;");
        push(transaction, root, "horizontalRule", "", "");
        push(transaction, root, "image", "", "below it").insert(transaction, ".alt", "A cat");
        push(transaction, root, "", "table t tableRow 1 tableCell 1", "a");
        push(transaction, root, "", "table t tableRow 1 tableCell 2", "b");
        push(transaction, root, "", "table t tableRow 2 tableCell 3 bulletList l listItem i", "c");
        push(transaction, root, "", "details d", "inside of something new");
        push(transaction, root, "chart", "", "a kind of its own");
        push(transaction, root, "heading", "", "Odd").insert(transaction, ".level", "x");
    });
    let expected = [
        "heading2 Title",
        "paragraph Some  text in two lines",
        "bullet first",
        "bullet deeper",
        "paragraph below",
        "bullet second",
        "number one",
        "taskx done",
        "task- open",
        "quote said",
        "quote and said",
        "code let a = 1;\nlet b;",
        "rule ",
        "image A cat",
        "paragraph below it",
        "table a b c",
        "paragraph inside of something new",
        "paragraph a kind of its own",
        "heading1 Odd",
    ];
    assert_eq!(told, expected);
}

/// [O6]
#[test]
fn a_flat_text_is_read_in_its_order_and_without_what_was_deleted() {
    let told = lines(|transaction, root| {
        push(transaction, root, "", "", "kept gone");
        push(transaction, root, "heading", "", "deleted block");
        push(transaction, root, "", "", "last 👩‍🔬");
        root.remove_range(transaction, 5, 19);
        root.insert(transaction, 0, "loose");
        root.format(transaction, 6, 3, [("bold".into(), true.into())].into());
        let mention = root.insert_embed(transaction, 3, MapPrelim::default());
        mention.insert(transaction, "inline", true);
    });
    assert_eq!(told, ["paragraph loo se", "paragraph kept", "paragraph last 👩‍🔬"]);
}

/// [O6]
#[test]
fn a_document_is_flat_when_it_says_so_or_has_such_a_text() {
    let both = |transaction: &mut TransactionMut<'_>| {
        let tree = transaction.get_or_insert_xml_fragment("body");
        tree.push_back(transaction, says("paragraph", "before"));
    };
    let text_of = |preview| match preview {
        Preview::Document { blocks } => blocks.iter().map(|block| block.text.clone()).collect(),
        _ => Vec::new(),
    };
    assert_eq!(text_of(seen(both)), ["before"]);
    let after = seen(|transaction| {
        both(transaction);
        let root = transaction.get_or_insert_text("text");
        push(transaction, &root, "", "", "after");
    });
    assert_eq!(text_of(after), ["after"]);
    let emptied = seen(|transaction| {
        both(transaction);
        transaction.get_or_insert_map("format").insert(transaction, "text", 1);
    });
    assert_eq!(emptied, Preview::Empty);
    let odd = seen(|transaction| {
        both(transaction);
        transaction.get_or_insert_map("format").insert(transaction, "text", "x");
    });
    assert_eq!(text_of(odd), ["before"]);
}

/// [O6]
#[test]
fn whatever_is_in_a_flat_text_its_preview_is_small() {
    let long = "é".repeat(10_000);
    let many = flat(|transaction, root| {
        for _ in 0..1_500 {
            push(transaction, root, "", "", "");
        }
        for _ in 0..100 {
            push(transaction, root, "", "blockquote q", &long);
        }
    });
    assert_eq!(many.len(), BLOCKS_MAX);
    assert!(many.iter().all(|block| block.text.chars().count() == TEXT_CHARS_MAX));
    let endless = flat(|transaction, root| {
        for _ in 0..2 * 4_000 {
            push(transaction, root, "", "", "");
        }
        push(transaction, root, "", "", "too far down");
    });
    assert_eq!(endless, []);
    let strange = lines(|transaction, root| {
        let deep = "bulletList a listItem b ".repeat(2_000);
        push(transaction, root, "", deep.trim(), "deep");
        let mark = push(transaction, root, "", "", "a");
        mark.insert(transaction, "type", 7);
        mark.insert(transaction, "in", "not a list");
        let mark = push(transaction, root, "heading", "", "b");
        mark.insert(transaction, "in", vec![Any::from("blockquote"), Any::from(1), Any::Null]);
        mark.insert(transaction, ".level", MapPrelim::default());
        root.insert_embed(transaction, 0, Any::from("an embed"));
        root.insert_embed(transaction, 0, yrs::ArrayPrelim::from([1, 2]));
        push(transaction, root, "", "taskList a", "c");
        push(transaction, root, "image", "table t", "d");
    });
    assert_eq!(strange, ["bullet deep", "paragraph a", "heading1 b", "task- c", "table d"]);
}

/// An update that opens formats by the thousands, none of which ends, with a letter behind each.
fn open_formats(count: u64) -> Vec<u8> {
    let mut update = vec![1];
    write_var_uint(&mut update, 2 * count);
    update.extend([7, 0]);
    for at in 0..2 * count {
        let content = if at % 2 == 0 { 6 } else { 4 };
        if at == 0 {
            update.extend([content, 1]);
            write_var_string(&mut update, "text");
        } else {
            update.extend([0x80 | content, 7]);
            write_var_uint(&mut update, at - 1);
        }
        if content == 6 {
            write_var_string(&mut update, &format!("k{at}"));
            write_var_string(&mut update, "true");
        } else {
            write_var_string(&mut update, "x");
        }
    }
    update.push(0);
    update
}

/// Asked for at once, each piece of a text comes with a copy of every format that holds there: these would be gigabytes.
///
/// [O6]
#[test]
fn formats_that_never_end_cost_nothing() {
    let mut replica = Replica::new();
    replica.apply(&open_formats(20_000)).expect("a legal update");
    let Preview::Document { blocks } = replica.preview().expect("it can be read") else { panic!("a text") };
    let told: Vec<_> = blocks.iter().map(line).collect();
    assert_eq!(told, [format!("paragraph {}", "x".repeat(TEXT_CHARS_MAX))]);
}
