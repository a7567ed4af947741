//! Generated histories of several clients: whatever they did, what was restored equals what was there.
#![expect(
    clippy::disallowed_methods,
    reason = "the server reads its environment in config.rs, this test here"
)]

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::*;

/// Everything that can be seen, in one text.
fn content(doc: &Doc) -> String {
    let (text, array) = (doc.get_or_insert_text("text"), doc.get_or_insert_array("array"));
    let (map, xml) = (doc.get_or_insert_map("map"), doc.get_or_insert_xml_fragment("xml"));
    let transaction = doc.transact();
    let delta = text.diff(&transaction, yrs::types::text::YChange::identity);
    let delta: Vec<_> = delta
        .into_iter()
        .map(|chunk| {
            let attributes = chunk.attributes.map(|attributes| {
                let mut sorted: Vec<_> =
                    attributes.iter().map(|(key, value)| format!("{key}:{value}")).collect();
                sorted.sort();
                sorted
            });
            format!("{:?} {attributes:?}", chunk.insert.to_json(&transaction))
        })
        .collect();
    let json = |any: Any| {
        let mut text = String::new();
        any.to_json(&mut text);
        let value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        value.to_string()
    };
    format!(
        "{delta:?} {} {} {}",
        json(array.to_json(&transaction)),
        json(map.to_json(&transaction)),
        tree(&xml.children(&transaction).collect::<Vec<_>>(), &transaction)
    )
}

fn tree<T: ReadTxn>(nodes: &[XmlOut], transaction: &T) -> String {
    let one = |node: &XmlOut| match node {
        XmlOut::Element(element) => {
            let mut attributes: Vec<_> =
                element.attributes(transaction).map(|(key, value)| format!("{key}={value:?}")).collect();
            attributes.sort();
            let children: Vec<_> = element.children(transaction).collect();
            format!("<{} {attributes:?}>{}</>", element.tag(), tree(&children, transaction))
        }
        XmlOut::Text(text) => text.get_string(transaction),
        XmlOut::Fragment(_) => "fragment".to_owned(),
    };
    nodes.iter().map(one).collect()
}

type Random = StdRng;

fn word(random: &mut Random) -> &'static str {
    ["a", "be", "hello ", "😀", "x😀y", "ñ", "\n", "The quick fox. "][random.random_range(0..8)]
}

fn value(random: &mut Random) -> Any {
    match random.random_range(0..6) {
        0 => Any::Null,
        1 => random.random::<bool>().into(),
        2 => f64::from(random.random_range(-50..50)).into(),
        3 => word(random).into(),
        4 => Any::from_json(r#"{"b":[1,{"c":null}],"a":"x"}"#).expect("JSON"),
        _ => Any::from_json(r#"["p",2.5,{}]"#).expect("JSON"),
    }
}

fn edit_text(doc: &Doc, random: &mut Random) {
    let text = doc.get_or_insert_text("text");
    let mut transaction = doc.transact_mut();
    let len = text.len(&transaction);
    let at = random.random_range(0..=len);
    let span = random.random_range(0..=(len - at).min(6));
    let bold = || Attrs::from([("bold".into(), Any::Bool(true))]);
    // An edit that cuts a character and changes nothing leaves no trace in any update, and clients differ then.
    let may_cut = text.get_string(&transaction).contains('😀');
    match random.random_range(0..9) {
        4 | 5 if span == 0 => {}
        6 | 7 if may_cut => {}
        0..=3 => text.insert(&mut transaction, at, word(random)),
        4 | 5 => text.remove_range(&mut transaction, at, span),
        6 => text.format(&mut transaction, at, span, bold()),
        7 => text.format(&mut transaction, at, span, Attrs::from([("bold".into(), Any::Null)])),
        _ => drop(text.insert_embed(&mut transaction, at, Any::from_json(r#"{"i":1}"#).expect("JSON"))),
    }
}

fn edit_array(doc: &Doc, random: &mut Random) {
    let array = doc.get_or_insert_array("array");
    let mut transaction = doc.transact_mut();
    let len = array.len(&transaction);
    let at = random.random_range(0..=len);
    match random.random_range(0..8) {
        0..=2 => array.insert_range(&mut transaction, at, [value(random), value(random)]),
        3 | 4 if at < len => {
            array.remove_range(&mut transaction, at, random.random_range(1..=(len - at).min(4)))
        }
        5 => drop(array.insert(&mut transaction, at, MapPrelim::from([("k", value(random))]))),
        _ if at < len => {
            if let Some(yrs::Out::YMap(map)) = array.get(&transaction, at) {
                map.insert(&mut transaction, word(random), value(random));
            }
        }
        _ => {}
    }
}

fn edit_map(doc: &Doc, random: &mut Random) {
    let map = doc.get_or_insert_map("map");
    let mut transaction = doc.transact_mut();
    let key = ["a", "b", "c", "é"][random.random_range(0..4)];
    match random.random_range(0..8) {
        0 => drop(map.remove(&mut transaction, key)),
        1 | 2 => drop(map.insert(&mut transaction, key, value(random))),
        3 => drop(map.insert(&mut transaction, key, TextPrelim::new(word(random)))),
        4 => drop(map.insert(&mut transaction, key, ArrayPrelim::from([1, 2, 3]))),
        _ => match map.get(&transaction, key) {
            Some(yrs::Out::YText(text)) => text.push(&mut transaction, word(random)),
            Some(yrs::Out::YArray(array)) if array.len(&transaction) > 1 => array.remove(&mut transaction, 1),
            Some(yrs::Out::YArray(array)) => drop(array.push_back(&mut transaction, 4)),
            _ => {}
        },
    }
}

fn edit_xml(doc: &Doc, random: &mut Random) {
    let root = doc.get_or_insert_xml_fragment("xml");
    let mut transaction = doc.transact_mut();
    let len = root.len(&transaction);
    let at = random.random_range(0..=len);
    let Some(XmlOut::Element(element)) = root.get(&transaction, at) else {
        let element = root.insert(
            &mut transaction,
            at,
            XmlElementPrelim::empty(["p", "h1"][random.random_range(0..2)]),
        );
        element.push_back(&mut transaction, XmlTextPrelim::new(word(random)));
        return;
    };
    match random.random_range(0..8) {
        0 => root.remove_range(&mut transaction, at, 1),
        1 => drop(root.insert(&mut transaction, at, XmlElementPrelim::empty("p"))),
        2 => drop(element.insert_attribute(&mut transaction, "level", word(random))),
        3 => element.remove_attribute(&mut transaction, &"level"),
        4 => drop(element.push_back(&mut transaction, XmlElementPrelim::empty("i"))),
        5 => drop(element.push_back(&mut transaction, XmlTextPrelim::new(word(random)))),
        _ => {
            if let Some(XmlOut::Text(text)) = element.get(&transaction, 0) {
                let len = text.len(&transaction);
                text.insert(&mut transaction, random.random_range(0..=len), word(random));
                text.remove_range(&mut transaction, 0, random.random_range(0..=len.min(3)));
            }
        }
    }
}

fn edit(doc: &Doc, random: &mut Random) {
    match random.random_range(0..4) {
        0 => edit_text(doc, random),
        1 => edit_array(doc, random),
        2 => edit_map(doc, random),
        _ => edit_xml(doc, random),
    }
}

/// Has two documents exchange what the other lacks.
fn exchange(a: &Doc, b: &Doc) {
    let (for_a, for_b) = (state(b), state(a));
    apply(a, &for_a);
    apply(b, &for_b);
}

fn clients(random: &mut Random) -> Vec<Doc> {
    let docs: Vec<_> =
        (0..random.random_range(1..=3)).map(|_| client(random.random_range(1..1 << 32))).collect();
    docs.iter().for_each(|doc| drop(content(doc)));
    docs
}

/// The server's replica: it has what everybody has sent, and no more.
fn play(seed: u64) {
    let random = &mut Random::seed_from_u64(seed);
    let docs = clients(random);
    let server = client(u64::from(u32::MAX) + seed);
    content(&server);
    let mut moments = Vec::new();
    for _ in 0..random.random_range(5..60) {
        let doc = &docs[random.random_range(0..docs.len())];
        edit(doc, random);
        if random.random_range(0..3) == 0 {
            exchange(doc, &server);
        }
        if random.random_range(0..6) == 0 {
            moments.push((stored(&server), content(&loaded(7, &stored(&server)))));
        }
    }
    let now = (stored(&server), content(&server));
    assert_eq!(restore(&now.0, &now.0), Ok(None), "seed {seed}");
    for (moment, expected) in &moments {
        let copy = loaded(8, &now.0);
        restored(&copy, moment);
        assert_eq!(content(&copy), *expected, "seed {seed}: a restore");
        assert_eq!(restore(&stored(&copy), moment), Ok(None), "seed {seed}: once restored");
        edit(&copy, random);
        restored(&copy, moment);
        assert_eq!(content(&copy), *expected, "seed {seed}: a restore after a restore");
        restored(&copy, &now.0);
        assert_eq!(content(&copy), now.1, "seed {seed}: undone");
    }
    if let Some((moment, _)) = moments.last() {
        converge(&docs, &server, moment, seed);
    }
}

/// What was not sent yet and what was restored come together in any order.
fn converge(docs: &[Doc], server: &Doc, moment: &[u8], seed: u64) {
    let update = restored(server, moment);
    let unsent: Vec<_> = docs.iter().map(state).collect();
    let found = docs.iter().enumerate().map(|(at, doc)| {
        apply(doc, &state(server));
        apply(doc, &update);
        (0..docs.len()).for_each(|other| apply(doc, &unsent[(at + other) % docs.len()]));
        content(&loaded(9, &stored(doc)))
    });
    let mut found: Vec<_> = found.collect();
    unsent.iter().for_each(|unsent| apply(server, unsent));
    found.push(content(&loaded(9, &stored(server))));
    assert!(found.windows(2).all(|pair| pair[0] == pair[1]), "seed {seed}: {found:#?}");
}

/// [T20] [T22]
#[test]
fn what_is_restored_equals_what_was_there() {
    let first: u64 = std::env::var("WEFT_RESTORE_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let count: u64 =
        std::env::var("WEFT_RESTORE_HISTORIES").ok().and_then(|count| count.parse().ok()).unwrap_or(100);
    println!("{count} histories from WEFT_RESTORE_SEED={first}");
    (first..first + count).for_each(play);
}
