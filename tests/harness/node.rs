//! A Node script that answers JSON lines.

use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::wait::within;

const ANSWER_LIMIT: Duration = Duration::from_secs(90);

/// A running script; it ends with this value.
#[derive(Debug)]
pub struct Node {
    _child: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
    asked: u64,
}

impl Node {
    /// Runs a script of `tests/clients/stock`.
    pub fn start(script: &str) -> Node {
        let folder = crate::environment::workspace().join("tests/clients/stock");
        assert!(folder.join("node_modules").exists(), "npm ci is needed in {}", folder.display());
        let mut child = Command::new("node")
            .arg(script)
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("node runs");
        let input = child.stdin.take().expect("its input is piped");
        let output = BufReader::new(child.stdout.take().expect("its output is piped")).lines();
        Node { _child: child, input, output, asked: 0 }
    }

    /// Has the script carry out `command` with the fields of `arguments`, and returns its answer.
    ///
    /// # Panics
    /// When the script reports an error or ends.
    pub async fn ask(&mut self, command: &str, arguments: Value) -> Value {
        self.asked += 1;
        let mut request = json!({"id": self.asked, "do": command});
        let fields = request.as_object_mut().expect("it was made as an object");
        fields.extend(arguments.as_object().expect("arguments are an object").clone());
        self.input.write_all(format!("{request}\n").as_bytes()).await.expect("the script listens");
        let line = within(command, ANSWER_LIMIT, self.output.next_line())
            .await
            .expect("the script's output is UTF-8");
        let line = line.unwrap_or_else(|| panic!("the script ended before it answered {command}"));
        let mut answer: Value = serde_json::from_str(&line).expect("the script answers JSON lines");
        assert_eq!(answer["id"], json!(self.asked), "answers come in order");
        assert!(answer["error"].is_null(), "{command}: {}", answer["error"].as_str().unwrap_or_default());
        answer["ok"].take()
    }
}
