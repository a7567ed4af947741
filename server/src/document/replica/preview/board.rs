//! The shapes on a board: a map of elements, each a map of Excalidraw's properties.

use yrs::{Any, Array, GetString, Map, MapRef, Out, Transaction};

use super::{POINT_NUMBERS_MAX, SHAPES_MAX, Shape, append, is_true, number_in, precise_in, text_in};

/// Elements looked at, and numbers of all their points together.
const ELEMENTS_MAX: usize = 5_000;
const NUMBERS_MAX: usize = 200_000;
/// Longest word for a colour, and for a place between front and back.
const COLOUR_BYTES_MAX: usize = 32;
const INDEX_BYTES_MAX: usize = 64;

/// A shape and its place between the back and the front.
struct Placed {
    index: String,
    shape: Shape,
}

/// Returns the shapes and what encloses them; none where there is nothing to be seen.
pub fn shapes(transaction: &Transaction<'_>, root: &MapRef) -> Option<([f64; 4], Vec<Shape>)> {
    let mut numbers_left = NUMBERS_MAX;
    let elements = root.iter(transaction).take(ELEMENTS_MAX);
    let mut placed: Vec<_> = elements
        .filter_map(|(_, element)| match element {
            Out::YMap(element) => placed(transaction, &element, &mut numbers_left),
            _ => None,
        })
        .collect();
    let size = |one: &Placed| one.shape.width * one.shape.height + one.shape.width + one.shape.height;
    placed.sort_by(|one, other| size(other).total_cmp(&size(one)).then_with(|| one.index.cmp(&other.index)));
    placed.truncate(SHAPES_MAX);
    placed.sort_by(|one, other| one.index.cmp(&other.index));
    let shapes: Vec<_> = placed.into_iter().map(|placed| placed.shape).collect();
    Some((bounds(&shapes)?, shapes))
}

fn placed(transaction: &Transaction<'_>, element: &MapRef, numbers_left: &mut usize) -> Option<Placed> {
    let property = |name: &str| element.get(transaction, name);
    if is_true(property("isDeleted").as_ref()) {
        return None;
    }
    let kind = kind(text_in(property("type").as_ref())?)?;
    let number = |name: &str| match property(name) {
        Some(Out::Any(value)) => number_in(&value),
        _ => None,
    };
    let angle = match property("angle") {
        Some(Out::Any(value)) => precise_in(&value).map(|angle| (angle * 1e3).round() / 1e3),
        _ => None,
    };
    let colour =
        |name: &str| text_in(property(name).as_ref()).filter(|text| is_colour(text)).map(str::to_owned);
    let mut text = String::new();
    match property("letters") {
        // The string beside the letters is behind while somebody types.
        Some(Out::YText(letters)) => append(&mut text, &letters.get_string(transaction)),
        _ => append(&mut text, text_in(property("text").as_ref()).unwrap_or_default()),
    }
    let index = text_in(property("index").as_ref()).unwrap_or_default().to_owned();
    let shape = Shape {
        r#type: kind,
        x: number("x")?,
        y: number("y")?,
        width: number("width").unwrap_or_default().abs(),
        height: number("height").unwrap_or_default().abs(),
        angle: angle.unwrap_or_default(),
        stroke: colour("strokeColor"),
        fill: colour("backgroundColor"),
        points: points(transaction, property("points"), numbers_left),
        text,
    };
    Some(Placed { index: index.chars().take(INDEX_BYTES_MAX).collect(), shape })
}

fn kind(word: &str) -> Option<&'static str> {
    let same = ["rectangle", "ellipse", "diamond", "line", "arrow", "text", "image", "frame"];
    match word {
        "freedraw" => Some("draw"),
        "magicframe" => Some("frame"),
        "embeddable" | "iframe" => Some("rectangle"),
        word => same.into_iter().find(|kind| *kind == word),
    }
}

/// Words and hexadecimal digits; nothing that could load something.
fn is_colour(text: &str) -> bool {
    let digits = text.strip_prefix('#');
    let is_hex = digits.is_some_and(|digits| digits.bytes().all(|c| c.is_ascii_hexdigit()));
    text.len() <= COLOUR_BYTES_MAX
        && !text.is_empty()
        && (is_hex || text.bytes().all(|c| c.is_ascii_alphabetic()))
}

/// Returns points, flat: numbers of a shared array as they are drawn, or pairs in a plain one.
fn points(transaction: &Transaction<'_>, value: Option<Out>, numbers_left: &mut usize) -> Vec<f64> {
    let mut all = Vec::new();
    match value {
        Some(Out::YArray(numbers)) => {
            let numbers = numbers.iter(transaction).take(*numbers_left).map(|number| match number {
                Out::Any(number) => number_in(&number),
                _ => None,
            });
            all.extend(numbers.map(Option::unwrap_or_default));
        }
        Some(Out::Any(Any::Array(pairs))) => {
            for pair in pairs.iter().take(*numbers_left / 2) {
                let Any::Array(pair) = pair else { continue };
                if let [x, y, ..] = &pair[..]
                    && let Some((x, y)) = number_in(x).zip(number_in(y))
                {
                    all.extend([x, y]);
                }
            }
        }
        _ => {}
    }
    *numbers_left -= all.len().min(*numbers_left);
    thinned(&all)
}

/// Returns so many of the points, evenly, the first and the last among them.
fn thinned(all: &[f64]) -> Vec<f64> {
    let (count, most) = (all.len() / 2, POINT_NUMBERS_MAX / 2);
    if count <= most {
        return all[..count * 2].to_vec();
    }
    (0..most)
        .flat_map(|n| {
            let at = n * (count - 1) / (most - 1);
            [all[2 * at], all[2 * at + 1]]
        })
        .collect()
}

fn bounds(shapes: &[Shape]) -> Option<[f64; 4]> {
    let mut edges: Option<[f64; 4]> = None;
    for shape in shapes {
        let right = [shape.x, shape.x + shape.width];
        let lower = [shape.y, shape.y + shape.height];
        let across = shape.points.chunks_exact(2).map(|point| shape.x + point[0]).chain(right);
        let down = shape.points.chunks_exact(2).map(|point| shape.y + point[1]).chain(lower);
        for (x, y) in across.zip(down) {
            let [left, top, right, bottom] = edges.unwrap_or([x, y, x, y]);
            edges = Some([left.min(x), top.min(y), right.max(x), bottom.max(y)]);
        }
    }
    edges.map(|[left, top, right, bottom]| [left, top, right - left, bottom - top])
}
