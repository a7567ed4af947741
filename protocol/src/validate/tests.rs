use super::*;
use crate::lib0::{Malformed, write_var_bytes, write_var_string, write_var_uint};

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).expect("ASCII"), 16).expect("hexadecimal"))
        .collect()
}

fn check(text: &str) -> Result<(), Refused> {
    parse(&hex(text), &Limits::default()).map(|_| ())
}

/// One struct of client 1 at clock 0 inside the root `t`, with the given content reference and content.
fn item(reference: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![1, 1, 1, 0, reference, 1, 1, b't'];
    bytes.extend_from_slice(content);
    bytes.push(0);
    bytes
}

fn check_any(value: &[u8]) -> Result<(), Refused> {
    let mut content = vec![1];
    content.extend_from_slice(value);
    parse(&item(8, &content), &Limits::default()).map(|_| ())
}

fn check_json(text: &str) -> Result<(), Refused> {
    let mut content = Vec::new();
    write_var_string(&mut content, text);
    parse(&item(5, &content), &Limits::default()).map(|_| ())
}

#[test]
fn what_stock_clients_send_passes() {
    for (what, update) in [
        ("nothing", "0000"),
        ("an emoji", "010107000401017404f09f988000"),
        ("its second half deleted", "000107010101"),
        ("its first half deleted", "000107010001"),
        ("bytes in a map", "010101002301016d016b02010200"),
        ("tombstones the server never saw as items", "0103070001010161010002880700017d030107010003"),
        ("a string in a map", "0101b0f99fc6070028010004 6b6579420177067661 6c75654200"),
    ] {
        assert_eq!(check(update), Ok(()), "{what}");
    }
}

#[test]
fn updates_that_broke_the_crdt_are_refused() {
    for (what, update) in [
        ("a state that never decodes again", "0101ff13886612e77c4150000000"),
        ("half a gigabyte for six bytes", "ffffff7f0000"),
        ("a panic at block_store.rs:317", "010107ffffffff0f000800"),
        ("a panic at block_store.rs:62", "010101feffffff0f000a010101000a"),
        ("a process abort", "010301feffffff0f000c008080406407ffffffff0f0002010206000a0d0701ffffffff0f0b"),
        (
            "an endless loop",
            "0301078080402901016102696406677569642d31760002070da6070b0162047472756588010b00020308a1070d090800\
             030a00020702050d07000302ffffffff07020506",
        ),
        ("JSON content that is read one string too long", "010101000201017400027b7d00"),
        ("an XML hook", "01010700070101780502686b00"),
        (
            "an integer outside i64 in an embed",
            "01010700050101741a7b226e223a31323334353637383930313233343536373030307d00",
        ),
        ("a BigInt", "010101002801016d016b017a000000000000000100"),
    ] {
        assert!(check(update).is_err(), "{what}");
    }
}

#[test]
fn the_reason_names_what_and_where() {
    let text = |bytes: &[u8]| parse(bytes, &Limits::default()).expect_err("refused").to_string();
    assert_eq!(
        text(&hex("010101002801016d016b017a000000000000000100")),
        "unsupported content at byte 11: a BigInt would come back as a number; store it as a string"
    );
    assert_eq!(
        text(&hex("010107ffffffff0f000800")),
        "malformed update: a clock beyond 2^30 at byte 3; no Yjs client writes this, the sender has to be fixed"
    );
    assert_eq!(
        text(&hex("ffffff7f0000")),
        "malformed update: the count at byte 0 is larger than the bytes that follow allow; \
         the sender has to write the Yjs update format v1"
    );
}

#[test]
fn subdocuments_moves_and_unknown_contents_are_unsupported_not_malformed() {
    for reference in [2, 9, 11, 12, 31] {
        let refused = parse(&item(reference, &[1, 0]), &Limits::default()).expect_err("refused");
        assert!(refused.is_unsupported(), "{reference}: {refused}");
    }
    for reference in [5, 7, 8, 15] {
        let refused = parse(&item(7, &[reference, 1, b'x']), &Limits::default()).expect_err("refused");
        assert!(refused.is_unsupported(), "{reference}: {refused}");
    }
    assert!(!parse(&[1], &Limits::default()).expect_err("refused").is_unsupported());
}

#[test]
fn text_is_as_long_as_its_utf16() {
    for text in ["a", "é", "字", "😀", "añ字😀b", "abcdefghijklmnopqrstuvwxyz"] {
        let mut content = Vec::new();
        write_var_string(&mut content, text);
        let bytes = item(4, &content);
        let update = parse(&bytes, &Limits::default()).expect("legal");
        assert_eq!(update.structs()[0].len as usize, text.encode_utf16().count(), "{text}");
        assert_eq!(update.structs()[0].kind, Kind::Text);
    }
}

#[test]
fn empty_items_are_refused() {
    assert!(parse(&item(4, &[0]), &Limits::default()).is_err());
    assert!(parse(&item(8, &[0]), &Limits::default()).is_err());
    assert!(parse(&item(1, &[0]), &Limits::default()).is_err());
    assert!(check("0101010000 0000").is_err());
    assert!(check("010101000a 0000").is_err());
}

#[test]
fn every_truncation_is_refused() {
    let whole = hex("0103070001010161010002880700017d030107010003");
    for len in 0..whole.len() {
        assert!(parse(&whole[..len], &Limits::default()).is_err(), "{len} bytes");
    }
    let mut longer = whole;
    longer.push(0);
    let at = longer.len() - 1;
    assert_eq!(
        parse(&longer, &Limits::default()).expect_err("trailing"),
        Refused::Malformed(Malformed::TrailingBytes { at })
    );
}

#[test]
fn an_item_cannot_be_placed_relative_to_itself_or_later() {
    assert!(check("0101010084010001 61 00").is_err(), "its own origin");
    assert!(check("0101010044010501 61 00").is_err(), "a right origin that follows");
    assert!(check("01010100040001000161 00").is_err(), "its own parent");
    assert_eq!(check("0101010184010001 61 00"), Ok(()), "what came just before");
}

#[test]
fn a_client_has_one_section() {
    assert!(check("0201010000 01 01010100 01 00").is_err(), "adjacent");
    let mut bytes = vec![3];
    for client in [1, 2, 1] {
        bytes.extend([1, client, 0, 0, 1]);
    }
    bytes.push(0);
    assert!(parse(&bytes, &Limits::default()).is_err(), "with another between");
    assert!(check("00 02 01010001 01010201").is_err(), "in the delete set");
}

#[test]
fn sections_are_found_in_any_order() {
    for clients in [[9, 5, 1], [1, 5, 9], [5, 9, 1]] {
        let mut bytes = vec![3];
        for client in clients {
            bytes.extend([1, client, 0, 0, 1]);
        }
        bytes.push(0);
        let update = parse(&bytes, &Limits::default()).expect("legal");
        for client in clients {
            let found = update.section_of(u64::from(client)).expect("present");
            assert_eq!(update.sections()[found].client, u64::from(client));
        }
        assert_eq!(update.section_of(4), None);
    }
}

#[test]
fn deletes_are_brought_into_order() {
    let update = hex("00 01 01 05 0501 0002 0102 0500 0900");
    let update = parse(&update, &Limits::default()).expect("legal");
    let ranges: Vec<_> = update.deletes().iter().map(|range| (range.clock, range.len)).collect();
    assert_eq!(ranges, [(0, 3), (5, 1)]);
    assert!(!update.is_canonical());
}

#[test]
fn values_nest_a_hundred_levels_and_no_more() {
    let nested = |levels: usize| {
        let mut value = [117, 1].repeat(levels - 1);
        value.push(126);
        check_any(&value)
    };
    assert_eq!(nested(DEPTH_MAX), Ok(()));
    assert!(matches!(nested(DEPTH_MAX + 1), Err(Refused::Unsupported { what: Unsupported::Depth, .. })));
    assert!(nested(20_000).is_err());
}

#[test]
fn every_kind_of_value_passes() {
    let mut object = vec![118, 2];
    write_var_string(&mut object, "list");
    object.extend([117, 3, 127, 126, 120]);
    write_var_string(&mut object, "bytes");
    object.push(116);
    write_var_bytes(&mut object, &[1, 2, 3]);
    for value in [
        &[127][..],
        &[126],
        &[121],
        &[120],
        &[125, 0x40],
        &[125, 0xbf, 0xff, 0xff, 0xff, 0x0f],
        &[124, 0, 0, 0, 0],
        &[123, 0, 0, 0, 0, 0, 0, 0, 0],
        &[119, 2, 0xc3, 0xa9],
        &object,
    ] {
        assert_eq!(check_any(value), Ok(()), "{value:?}");
    }
    assert!(check_any(&[115]).is_err(), "unknown tag");
    assert!(check_any(&[125, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]).is_err(), "beyond 2^53");
    assert!(check_any(&[117, 0xff, 0xff, 0xff, 0x7f]).is_err(), "a count beyond the bytes");
}

#[test]
fn json_passes_only_if_the_crdt_can_read_it() {
    let nested = |levels: usize| format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
    for text in
        ["null", "1.5e300", "-12", "\"\\ud83d\\ude00\"", "{\"a\":[1,{\"b\":\"é\"}]}", "9007199254740993"]
    {
        assert_eq!(check_json(text), Ok(()), "{text}");
    }
    assert_eq!(check_json(&nested(98)), Ok(()));
    for text in
        ["", "{", "1 2", "12345678901234567000", "\"\\ud83d\"", "{\"\\udc00\":1}", "1e999", "undefined"]
    {
        assert!(check_json(text).is_err(), "{text}");
    }
    assert!(check_json(&nested(101)).is_err());
    assert!(check_json(&nested(100_000)).is_err());
}

#[test]
fn limits_bound_what_is_kept() {
    let small = Limits {
        update_bytes_max: 64,
        clients_max: 2,
        structs_max: 3,
        delete_ranges_max: 2,
        ..Limits::default()
    };
    let too_large = |bytes: &[u8]| matches!(parse(bytes, &small), Err(Refused::TooLarge { .. }));
    assert!(too_large(&[0; 65]));
    assert!(too_large(&hex("03 010300 0001 010200 0001 010100 0001 00")), "clients");
    assert!(too_large(&hex("01 040100 0001 0001 0001 0001 00")), "structs");
    assert!(too_large(&hex("00 01 01 03 0001 0201 0401")), "delete ranges");
}

#[test]
fn state_vectors_are_counted_before_they_are_kept() {
    assert_eq!(state_vector(&[0]), Ok(vec![]));
    assert_eq!(state_vector(&[2, 9, 4, 3, 1]), Ok(vec![(3, 1), (9, 4)]));
    assert!(state_vector(&hex("ffffff7f")).is_err(), "90 ms and half a gigabyte in four bytes");
    assert!(state_vector(&[2, 9, 4, 9, 1]).is_err(), "a client twice");
    assert!(state_vector(&[1, 9, 4, 0]).is_err(), "trailing bytes");
    assert!(state_vector(&[]).is_err());
}

#[test]
fn clocks_stay_below_the_bound() {
    let at = |clock: u64| {
        let mut bytes = vec![1, 1, 1];
        write_var_uint(&mut bytes, clock);
        bytes.extend([0, 1, 0]);
        parse(&bytes, &Limits::default()).map(|_| ())
    };
    assert_eq!(at(u64::from(CLOCK_MAX) - 1), Ok(()));
    assert!(at(u64::from(CLOCK_MAX)).is_err());
    assert!(at(u64::from(u32::MAX) + 1).is_err());
}
