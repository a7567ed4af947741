//! A line chart as SVG, which follows the reader's light or dark colour scheme.

use std::fmt::Write;

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 360.0;
const LEFT: f64 = 58.0;
const RIGHT: f64 = 16.0;
const TOP: f64 = 52.0;
const BOTTOM: f64 = 46.0;
/// About as many lines across the chart as it gets.
const TICKS: f64 = 6.0;

const STYLE: &str = "\
svg { color-scheme: light dark; font: 12px system-ui, sans-serif; }
.ground { fill: #ffffff; } text { fill: #24292f; } .title { font-size: 15px; font-weight: 600; }
.grid { stroke: #d0d7de; } .band { fill: #fff1d6; } .bandname { fill: #7a4d00; }
.line { fill: none; stroke-width: 1.8; stroke-linejoin: round; } .line0 { stroke: #0a5fc4; } .line1 { stroke: #6e7781; stroke-dasharray: 5 3; }
@media (prefers-color-scheme: dark) {
  .ground { fill: #0d1117; } text { fill: #e6edf3; } .grid { stroke: #30363d; } .band { fill: #3a2a0a; } .bandname { fill: #f0c674; }
  .line0 { stroke: #6cb6ff; } .line1 { stroke: #9aa4af; }
}";

/// One line: its name, and its points from left to right.
pub struct Series {
    /// What the line shows.
    pub name: String,
    /// Its points.
    pub points: Vec<(f64, f64)>,
}

/// A stretch of the x axis that is marked.
pub struct Band {
    /// What it is.
    pub name: String,
    /// Where it begins and ends.
    pub x: (f64, f64),
}

/// A chart of up to two lines over x and y from zero.
pub struct Plot {
    /// What it shows.
    pub title: String,
    /// The x axis with its unit.
    pub x: &'static str,
    /// The y axis with its unit.
    pub y: &'static str,
    /// What is marked.
    pub band: Band,
    /// The lines, the important one first.
    pub series: Vec<Series>,
}

/// Where values are on the picture.
struct Scale {
    x_most: f64,
    y_most: f64,
}

impl Scale {
    fn x(&self, value: f64) -> f64 {
        LEFT + value / self.x_most * (WIDTH - LEFT - RIGHT)
    }

    fn y(&self, value: f64) -> f64 {
        HEIGHT - BOTTOM - value / self.y_most * (HEIGHT - TOP - BOTTOM)
    }
}

impl Plot {
    /// Draws it.
    pub fn svg(&self) -> String {
        let points = || self.series.iter().flat_map(|series| series.points.iter());
        let most = |of: fn(&(f64, f64)) -> f64| points().map(of).fold(1.0, f64::max);
        let scale = Scale { x_most: most(|point| point.0), y_most: round_up(most(|point| point.1)) };
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" \
             height=\"{HEIGHT}\" role=\"img\" aria-label=\"{title}\">\n<style>\n{STYLE}\n</style>\n\
             <rect class=\"ground\" width=\"{WIDTH}\" height=\"{HEIGHT}\"/>\n\
             <text class=\"title\" x=\"{LEFT}\" y=\"20\">{title}</text>\n",
            title = escaped(&self.title)
        );
        self.draw_band(&scale, &mut out);
        self.draw_axes(&scale, &mut out);
        self.draw_lines(&scale, &mut out);
        out.push_str("</svg>\n");
        out
    }

    fn draw_band(&self, scale: &Scale, out: &mut String) {
        let (from, to) = (scale.x(self.band.x.0), scale.x(self.band.x.1));
        let _ = writeln!(
            out,
            "<rect class=\"band\" x=\"{from:.1}\" y=\"{TOP}\" width=\"{:.1}\" height=\"{:.1}\"/>\n\
             <text class=\"bandname\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            to - from,
            HEIGHT - TOP - BOTTOM,
            f64::midpoint(from, to),
            TOP + 16.0,
            escaped(&self.band.name)
        );
    }

    fn draw_axes(&self, scale: &Scale, out: &mut String) {
        let (right, bottom) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
        for value in ticks(scale.y_most) {
            let (y, text) = (scale.y(value), scale.y(value) + 4.0);
            let _ = writeln!(
                out,
                "<path class=\"grid\" d=\"M{LEFT} {y:.1}H{right}\"/>\
                 <text x=\"{:.1}\" y=\"{text:.1}\" text-anchor=\"end\">{value}</text>",
                LEFT - 6.0
            );
        }
        for value in ticks(scale.x_most) {
            let x = scale.x(value);
            let _ = writeln!(
                out,
                "<path class=\"grid\" d=\"M{x:.1} {bottom}v5\"/>\
                 <text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{value}</text>",
                bottom + 18.0
            );
        }
        let _ = writeln!(
            out,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>\n\
             <text x=\"{LEFT}\" y=\"{:.1}\">{}</text>",
            f64::midpoint(LEFT, right),
            HEIGHT - 8.0,
            escaped(self.x),
            TOP - 10.0,
            escaped(self.y)
        );
    }

    fn draw_lines(&self, scale: &Scale, out: &mut String) {
        let mut legend = WIDTH - RIGHT;
        for (nth, series) in self.series.iter().enumerate().rev() {
            let points: Vec<_> =
                series.points.iter().map(|(x, y)| format!("{:.1},{:.1}", scale.x(*x), scale.y(*y))).collect();
            let y = TOP - 14.0;
            let _ = writeln!(
                out,
                "<polyline class=\"line line{nth}\" points=\"{}\"/>\n\
                 <text x=\"{legend:.1}\" y=\"{:.1}\" text-anchor=\"end\">{name}</text>",
                points.join(" "),
                y + 4.0,
                name = escaped(&series.name)
            );
            // Letters of this size are about this wide; the stroke stands before the name.
            let begins = legend - 6.6 * f64::from(u32::try_from(series.name.len()).unwrap_or(0)) - 6.0;
            let _ = writeln!(out, "<path class=\"line line{nth}\" d=\"M{:.1} {y:.1}h22\"/>", begins - 22.0);
            legend = begins - 40.0;
        }
    }
}

/// The distance between lines across an axis: 1, 2 or 5 times a power of ten.
fn step(most: f64) -> f64 {
    let rough = most / TICKS;
    let power = 10f64.powf(rough.log10().floor());
    [1.0, 2.0, 5.0].map(|times| times * power).into_iter().find(|step| *step >= rough).unwrap_or(10.0 * power)
}

fn round_up(most: f64) -> f64 {
    (most / step(most)).ceil() * step(most)
}

fn ticks(most: f64) -> impl Iterator<Item = f64> {
    let step = step(most);
    (0u32..).map(move |nth| f64::from(nth) * step).take_while(move |value| *value <= most * 1.001)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_have_round_numbers() {
        assert_eq!(ticks(57.0).collect::<Vec<_>>(), [0.0, 10.0, 20.0, 30.0, 40.0, 50.0]);
        assert!((round_up(57.0) - 60.0).abs() < f64::EPSILON);
        assert!((round_up(101.0) - 120.0).abs() < f64::EPSILON);
    }

    #[test]
    fn points_are_inside_the_frame_and_names_are_escaped() {
        let series = vec![Series { name: "a < b".to_owned(), points: vec![(0.0, 0.0), (10.0, 60.0)] }];
        let band = Band { name: "stalled".to_owned(), x: (2.0, 8.0) };
        let svg = Plot { title: "t & u".to_owned(), x: "s", y: "MiB", band, series }.svg();
        assert!(svg.contains("points=\"58.0,314.0 744.0,52.0\""), "{svg}");
        assert!(svg.contains("a &lt; b") && svg.contains("t &amp; u") && !svg.contains("t & u"));
    }
}
