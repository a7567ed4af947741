//! One picture of a replay.

/// Lines of the document that are shown: the last ones, where people mostly write.
const LINES_MAX: usize = 18;
/// Characters of a line.
const LINE_CHARS_MAX: usize = 100;
/// Width of the bar that shows how far it is.
const BAR_CHARS: usize = 30;

/// Draws pictures one over the other on a terminal, one under the other elsewhere.
#[derive(Debug)]
pub struct Picture {
    all: u64,
    is_terminal: bool,
}

impl Picture {
    /// Starts a film of so many updates.
    #[must_use]
    pub fn new(all: u64, is_terminal: bool) -> Self {
        Self { all, is_terminal }
    }

    /// Returns what to print after `done` updates.
    #[must_use]
    pub fn frame(&mut self, done: u64, title: &str, words: &[(String, String)]) -> String {
        let all = self.all.max(1);
        let full = usize::try_from(done * BAR_CHARS as u64 / all).unwrap_or(0).min(BAR_CHARS);
        let bar = format!("{}{}", "#".repeat(full), "-".repeat(BAR_CHARS - full));
        let mut shown = if self.is_terminal { "\x1b[H\x1b[2J".to_owned() } else { String::new() };
        shown.push_str(&format!("[{bar}] {done}/{all}  {title}\n"));
        let lines = words
            .iter()
            .flat_map(|(root, words)| words.lines().map(move |line| format!("{root:>10} | {}", cut(line))));
        let lines: Vec<_> = lines.collect();
        for line in lines.iter().skip(lines.len().saturating_sub(LINES_MAX)) {
            shown.push_str(line);
            shown.push('\n');
        }
        shown
    }
}

/// The end of a line, if it is long.
fn cut(line: &str) -> String {
    let chars = line.chars().count();
    line.chars().skip(chars.saturating_sub(LINE_CHARS_MAX)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [T10]
    #[test]
    fn a_picture_has_how_far_it_is_and_the_end_of_the_text() {
        let text: String = (0..100).map(|n| format!("line {n}\n")).collect();
        let words = [("body".to_owned(), text)];
        let shown = Picture::new(200, false).frame(100, "then", &words);
        assert!(shown.starts_with("[###############---------------] 100/200  then\n"), "{shown}");
        assert!(shown.ends_with("line 99\n") && !shown.contains("line 80"), "{shown}");
        assert_eq!(shown.lines().count(), 1 + LINES_MAX);
        assert!(Picture::new(0, true).frame(0, "", &[]).starts_with("\x1b[H\x1b[2J"));
    }
}
