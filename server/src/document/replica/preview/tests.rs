//! Documents of every kind of content, the expected and the hostile, seen from afar.

mod flat;

use yrs::types::xml::XmlIn;
use yrs::{
    Any, Array, ArrayPrelim, Doc, Map, MapPrelim, MapRef, Text, TextPrelim, Transact, TransactionMut,
    WriteTxn, Xml, XmlElementPrelim, XmlElementRef, XmlFragment, XmlFragmentRef, XmlTextPrelim,
};

use super::*;

/// Makes a document with yrs and looks at it as a load would.
fn seen(make: impl FnOnce(&mut TransactionMut<'_>)) -> Preview {
    let doc = Doc::new();
    let mut transaction = doc.transact_mut();
    make(&mut transaction);
    let update = transaction.encode_update_v1();
    drop(transaction);
    let mut replica = Replica::new();
    replica.apply(&update).expect("a legal update");
    replica.preview().expect("it can be read")
}

fn body(make: impl FnOnce(&mut TransactionMut<'_>, XmlFragmentRef)) -> Vec<Block> {
    let preview = seen(|transaction| {
        let root = transaction.get_or_insert_xml_fragment("body");
        make(transaction, root);
    });
    match preview {
        Preview::Document { blocks } => blocks,
        Preview::Empty => Vec::new(),
        Preview::Whiteboard { .. } => panic!("{preview:?}"),
    }
}

fn element(tag: &str, children: Vec<XmlIn>) -> XmlIn {
    XmlElementPrelim::new(tag, children).into()
}

fn says(tag: &str, text: &str) -> XmlIn {
    element(tag, vec![XmlTextPrelim::new(text).into()])
}

/// Adds an element with attributes behind the others.
fn add(
    transaction: &mut TransactionMut<'_>,
    parent: &impl XmlFragment,
    one: XmlIn,
    attributes: &[(&str, Any)],
) -> XmlElementRef {
    let XmlIn::Element(element) = one else { panic!("an element") };
    let added = parent.push_back(transaction, element);
    for (name, value) in attributes {
        added.insert_attribute(transaction, *name, value.clone());
    }
    added
}

/// What a block says in a line.
fn line(block: &Block) -> String {
    let level = block.level.map(|level| level.to_string()).unwrap_or_default();
    let mark = block.checked.map(|checked| if checked { "x" } else { "-" }).unwrap_or_default();
    format!("{}{level}{mark} {}", block.r#type, block.text)
}

/// [O6]
#[test]
fn every_block_of_the_editor_is_told() {
    let item = |kind: &str, text: &str| element(kind, vec![says("paragraph", text)]);
    let blocks = body(|transaction, root| {
        let nested = element("bulletList", vec![item("listItem", "deeper")]);
        let outer = element("listItem", vec![says("paragraph", "first"), nested, says("paragraph", "below")]);
        let cell = |text| element("tableCell", vec![says("paragraph", text)]);
        add(transaction, &root, says("heading", "Title"), &[("level", 2.0.into())]);
        for one in [
            says("paragraph", ""),
            says("paragraph", "Some  text"),
            element("bulletList", vec![outer, item("listItem", "second")]),
            element("orderedList", vec![item("listItem", "one")]),
        ] {
            add(transaction, &root, one, &[]);
        }
        let tasks = add(transaction, &root, element("taskList", vec![]), &[]);
        add(transaction, &tasks, item("taskItem", "done"), &[("checked", true.into())]);
        add(transaction, &tasks, item("taskItem", "open"), &[]);
        for one in [
            element("blockquote", vec![says("paragraph", "said"), says("paragraph", "and said")]),
            says("codeBlock", "let a = 1;\nlet b;"),
            element("horizontalRule", vec![]),
        ] {
            add(transaction, &root, one, &[]);
        }
        add(transaction, &root, element("image", vec![]), &[("alt", "A cat".into()), ("hash", "00".into())]);
        for one in [
            element("table", vec![element("tableRow", vec![cell("a"), cell("b")])]),
            element("details", vec![says("paragraph", "inside of something new")]),
        ] {
            add(transaction, &root, one, &[]);
        }
        add(transaction, &root, says("heading", "Odd"), &[("level", "x".into())]);
    });
    let lines: Vec<_> = blocks.iter().map(line).collect();
    assert_eq!(
        lines,
        [
            "heading2 Title",
            "paragraph Some  text",
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
            "table a b",
            "paragraph inside of something new",
            "heading1 Odd",
        ]
    );
}

/// [O6]
#[test]
fn formatting_does_not_cut_a_text() {
    let blocks = body(|transaction, root| {
        let paragraph: XmlElementRef = root.push_back(transaction, XmlElementPrelim::empty("paragraph"));
        let text = paragraph.push_back(transaction, XmlTextPrelim::new("plain and bold 👩‍🔬"));
        text.format(transaction, 10, 4, [("bold".into(), true.into())].into());
        paragraph.push_back(transaction, XmlElementPrelim::empty("hardBreak"));
        paragraph.push_back(transaction, XmlTextPrelim::new("next\u{0}line"));
    });
    assert_eq!(blocks.iter().map(line).collect::<Vec<_>>(), ["paragraph plain and bold 👩‍🔬 next line"]);
}

/// [O6]
#[test]
fn a_text_of_any_shape_has_a_small_preview() {
    let long = "é".repeat(10_000);
    let blocks = body(|transaction, root| {
        (0..1_500).for_each(|_| {
            root.push_back(transaction, says("paragraph", ""));
        });
        (0..100).for_each(|_| {
            root.push_back(transaction, says("paragraph", &long));
        });
    });
    assert_eq!(blocks.len(), BLOCKS_MAX);
    assert!(blocks.iter().all(|block| block.text.chars().count() == TEXT_CHARS_MAX));
    let deep = body(|transaction, root| {
        let mut inner: XmlElementRef = root.push_back(transaction, XmlElementPrelim::empty("blockquote"));
        for _ in 0..400 {
            inner = inner.push_back(transaction, XmlElementPrelim::empty("blockquote"));
        }
        inner.push_back(transaction, says("paragraph", "nobody looks down here"));
        let paragraph: XmlElementRef = root.push_back(transaction, XmlElementPrelim::empty("paragraph"));
        let mut inner: XmlElementRef = paragraph.push_back(transaction, XmlElementPrelim::empty("b"));
        for _ in 0..400 {
            inner = inner.push_back(transaction, XmlElementPrelim::empty("b"));
        }
        root.push_back(transaction, says("paragraph", "here"));
    });
    assert_eq!(deep.iter().map(line).collect::<Vec<_>>(), ["paragraph here"]);
    let endless = body(|transaction, root| {
        (0..2 * 4_000).for_each(|_| {
            root.push_back(transaction, says("paragraph", ""));
        });
        root.push_back(transaction, says("paragraph", "too far down"));
    });
    assert_eq!(endless, []);
}

type Properties = Vec<(&'static str, Any)>;

fn number(value: f64) -> Any {
    value.into()
}

fn rectangle(x: f64, index: &str) -> Properties {
    vec![
        ("type", "rectangle".into()),
        ("x", number(x)),
        ("y", number(-5.0)),
        ("width", number(10.25)),
        ("height", number(20.0)),
        ("index", index.into()),
        ("strokeColor", "#1e1e1e".into()),
        ("backgroundColor", "transparent".into()),
    ]
}

fn changed(mut properties: Properties, changes: &[(&'static str, Any)]) -> Properties {
    properties.retain(|(name, _)| changes.iter().all(|(other, _)| other != name));
    properties.extend(changes.iter().cloned());
    properties
}

fn put(transaction: &mut TransactionMut<'_>, id: &str, properties: Properties) -> MapRef {
    let root = transaction.get_or_insert_map("elements");
    root.insert(transaction, id, properties.into_iter().collect::<MapPrelim>())
}

fn board(make: impl FnOnce(&mut TransactionMut<'_>)) -> ([f64; 4], Vec<Shape>) {
    match seen(make) {
        Preview::Whiteboard { bounds, shapes } => (bounds, shapes),
        other => panic!("{other:?}"),
    }
}

/// [O6]
#[test]
fn every_shape_of_a_board_is_told_from_back_to_front() {
    let (bounds, shapes) = board(|transaction| {
        let pairs: Vec<Any> =
            [[0.0, 0.0], [100.04, 50.0]].map(|pair| pair.map(number).to_vec().into()).to_vec();
        let arrow = [("type", "arrow".into()), ("x", number(40.0)), ("points", pairs.into())];
        put(transaction, "b", changed(rectangle(0.0, "a1"), &arrow));
        put(transaction, "a", rectangle(-30.0, "a0"));
        put(transaction, "gone", changed(rectangle(9_000.0, "a2"), &[("isDeleted", true.into())]));
        let draw = put(transaction, "c", changed(rectangle(0.0, "a3"), &[("type", "freedraw".into())]));
        draw.insert(transaction, "points", ArrayPrelim::from([1.0, 2.0, 3.0, 4.0, 5.0]));
        let text = [("type", "text".into()), ("text", "Hello".into()), ("angle", number(1.234_56))];
        let text = put(transaction, "d", changed(rectangle(0.0, "a4"), &text));
        text.insert(transaction, "letters", TextPrelim::new("Hello you"));
    });
    let told: Vec<_> = shapes.iter().map(|shape| (shape.r#type, shape.points.len(), &*shape.text)).collect();
    assert_eq!(told, [("rectangle", 0, ""), ("arrow", 4, ""), ("draw", 4, ""), ("text", 0, "Hello you")]);
    assert_eq!(bounds, [-30.0, -5.0, 170.0, 50.0]);
    let first = &shapes[0];
    assert_eq!((first.x, first.y, first.width, first.height), (-30.0, -5.0, 10.3, 20.0));
    assert_eq!((first.stroke.as_deref(), first.fill.as_deref()), (Some("#1e1e1e"), Some("transparent")));
    assert_eq!((shapes[1].points.as_slice(), shapes[3].angle), (&[0.0, 0.0, 100.0, 50.0][..], 1.235));
}

/// [O6]
#[test]
fn whatever_is_on_a_board_its_preview_is_small_and_can_be_drawn() {
    let (bounds, shapes) = board(|transaction| {
        for (id, change) in [
            ("nan", ("x", number(f64::NAN))),
            ("infinite", ("y", number(f64::INFINITY))),
            ("text", ("x", "12".into())),
            ("unknown", ("type", "script".into())),
            ("typeless", ("type", Any::Null)),
        ] {
            put(transaction, id, changed(rectangle(0.0, "a"), &[change]));
        }
        let root = transaction.get_or_insert_map("elements");
        root.insert(transaction, "number", 7);
        root.insert(transaction, "text", TextPrelim::new("not an element"));
        let far = [("x", number(1e300)), ("width", number(f64::MIN)), ("angle", number(f64::NAN))];
        put(transaction, "far", changed(rectangle(0.0, "b"), &far));
        let colours =
            [("strokeColor", "url(http://evil.example)".into()), ("backgroundColor", "x".repeat(40).into())];
        put(transaction, "evil", changed(rectangle(0.0, "c"), &colours));
        let draw = put(transaction, "long", changed(rectangle(0.0, "d"), &[("type", "freedraw".into())]));
        let points = draw.insert(transaction, "points", ArrayPrelim::default());
        points.push_back(transaction, "odd");
        points.insert_range(transaction, 1, (1..100_000).map(f64::from).collect::<Vec<_>>());
    });
    assert!(bounds.iter().all(|edge| edge.is_finite()), "{bounds:?}");
    let told: Vec<_> = shapes.iter().map(|shape| (shape.r#type, shape.points.len())).collect();
    assert_eq!(told, [("rectangle", 0), ("rectangle", 0), ("draw", POINT_NUMBERS_MAX)]);
    assert_eq!((shapes[0].x, shapes[0].width, shapes[0].angle), (1e6, 1e6, 0.0));
    assert_eq!((&shapes[1].stroke, &shapes[1].fill), (&None, &None));
    assert_eq!((shapes[2].points[0], shapes[2].points[63]), (0.0, 99_999.0), "its ends are there");
    let json = serde_json::to_string(&Preview::Whiteboard { bounds, shapes }).expect("JSON");
    assert!(json.len() < 2_000 && !json.contains("null"), "{json}");
}

/// [O6]
#[test]
fn of_very_many_shapes_the_largest_are_told() {
    let (_, shapes) = board(|transaction| {
        for n in 0..1_000 {
            let size = [("width", number(f64::from(n)))];
            put(transaction, &n.to_string(), changed(rectangle(0.0, &format!("a{:04}", 999 - n)), &size));
        }
    });
    let widths: Vec<_> = shapes.iter().map(|shape| shape.width).collect();
    let expected: Vec<_> = (800..1_000).rev().map(f64::from).collect();
    assert_eq!(widths, expected);
}

/// [O6]
#[test]
fn a_document_of_other_types_is_empty_and_a_text_comes_before_a_board() {
    assert_eq!(seen(|_| {}), Preview::Empty);
    let odd = seen(|transaction| {
        transaction.get_or_insert_text("body").push(transaction, "a text where a tree belongs");
        transaction.get_or_insert_array("elements").push_back(transaction, 7);
    });
    assert_eq!(odd, Preview::Empty);
    let both = seen(|transaction| {
        put(transaction, "a", rectangle(0.0, "a"));
        let root = transaction.get_or_insert_xml_fragment("body");
        root.push_back(transaction, says("paragraph", "text"));
    });
    assert!(matches!(both, Preview::Document { .. }), "{both:?}");
    let untouched = seen(|transaction| {
        put(transaction, "a", rectangle(0.0, "a"));
        let root = transaction.get_or_insert_xml_fragment("body");
        root.push_back(transaction, XmlElementPrelim::empty("paragraph"));
    });
    assert!(matches!(untouched, Preview::Whiteboard { .. }), "an empty paragraph is no text: {untouched:?}");
}
