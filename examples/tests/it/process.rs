//! The built program: exit codes, what goes to which output, and standard input.

use std::{
    env,
    io::{BufRead, BufReader, Write},
    path::PathBuf,
    process::{Command, Output, Stdio},
};

use serde_json::Value;

const HEADER: &str =
    "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country";
const ROW: &str = "1,A,Mug,2,2026-01-05 09:00:00,2.50,7.0,France";

/// The example, which `cargo test` builds beside the tests.
pub(crate) fn program() -> PathBuf {
    let test = env::current_exe().unwrap();
    let target = test.ancestors().nth(2).unwrap();
    let program = target.join("examples").join(format!("order_desk{}", env::consts::EXE_SUFFIX));
    assert!(program.exists(), "{} is built by `cargo test`", program.display());
    program
}

fn desk(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(program())
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // Beside the reading, so that neither waits for a full pipe; who does not read breaks it.
    let writer = std::thread::spawn(move || stdin.write_all(&input).unwrap_or_default());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

fn json(output: &Output) -> Value {
    assert!(output.status.success(), "{}", stderr(output));
    serde_json::from_slice(&output.stdout).expect("one JSON object and nothing else")
}

fn data(name: &str) -> String {
    format!("{}/data/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// A file that is there for one test.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str, bytes: &[u8]) -> Self {
        let path = env::temp_dir().join(format!("order_desk-{}-{name}", std::process::id()));
        std::fs::write(&path, bytes).unwrap();
        Self(path)
    }

    fn name(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        std::fs::remove_file(&self.0).unwrap();
    }
}

#[test]
fn rejected_rows_are_reported_with_file_and_line_and_change_nothing_else() {
    let edge = data("edge.csv");
    let output = desk(&["--json", "--orders", &edge], b"");
    let expected = std::fs::read(data("edge.totals.json")).unwrap();
    assert_eq!(json(&output), serde_json::from_slice::<Value>(&expected).unwrap());
    let reports = [
        (7, "Quantity \"x4\" is not a whole number"),
        (13, "the quote opened on line 13 is not closed"),
        (16, "InvoiceDate \"2026-13-05 09:22:00\" is not a date such as 2010-12-01 08:26:00"),
        (17, "7 fields instead of 8"),
        (18, "9 fields instead of 8"),
        (19, "Description is not UTF-8"),
        (20, "Quantity \"99999999999999999999\" is too large a number"),
        (21, "UnitPrice \"1e3\" is not a decimal number"),
        (28, "CustomerID \"5o6\" is not the number of a customer"),
        (29, "text after a closing quote"),
    ];
    let reports = reports.map(|(line, what)| format!("{edge}:{line}: {what}\n"));
    assert_eq!(stderr(&output), reports.concat());
}

#[test]
fn after_twenty_rejected_rows_only_their_number_is_reported() {
    let broken = format!("{HEADER}\n{}{ROW}\n", "broken\n".repeat(33));
    let output = desk(&["--json", "--orders", "-"], broken.as_bytes());
    let totals = json(&output);
    assert_eq!((&totals["rejected"], &totals["lines"]), (&33.into(), &1.into()));
    let reports: Vec<&str> = stderr(&output).lines().collect();
    assert_eq!(reports.len(), 21);
    assert_eq!(reports[0], "-:2: 1 field instead of 8");
    assert_eq!(reports[19], "-:21: 1 field instead of 8");
    assert_eq!(reports[20], "13 more rows rejected");
}

#[test]
fn a_file_that_is_no_file_of_orders_is_named_and_the_exit_code_is_two() {
    let (empty, other) = (Scratch::new("empty", b""), Scratch::new("other", b"a,b\n1,2\n"));
    let headless = Scratch::new("headless", ROW.as_bytes());
    let folder = env!("CARGO_MANIFEST_DIR");
    for (name, problem) in [
        ("not-there.csv", "cannot be opened"),
        (empty.name(), "is empty"),
        (other.name(), "does not begin with the header InvoiceNo,StockCode,"),
        (headless.name(), "does not begin with the header"),
        (folder, "cannot be read"),
    ] {
        // A good file before it does not help.
        let output = desk(&["--json", "--orders", &data("edge.csv"), "--orders", name], b"");
        assert_eq!(output.status.code(), Some(2), "{name}");
        assert_eq!(stdout(&output), "");
        let error = stderr(&output);
        assert!(error.starts_with(&format!("error: {name}: {problem}")), "{error}");
    }
}

#[test]
fn standard_input_without_a_header_is_an_error_too() {
    for (input, problem) in [("", "is empty"), ("x\n", "does not begin with the header")] {
        let output = desk(&["--orders", "-"], input.as_bytes());
        assert_eq!(output.status.code(), Some(2));
        assert!(
            stderr(&output).starts_with(&format!("error: -: {problem}")),
            "{}",
            stderr(&output)
        );
        assert_eq!(stdout(&output), "");
    }
}

#[test]
fn options_that_make_no_sense_are_refused_with_exit_code_two() {
    for arguments in
        [&["--speed", "0"][..], &["--speed", "fast"], &["--subscribers", "-1"], &["--what"]]
    {
        assert_eq!(desk(arguments, b"").status.code(), Some(2), "{arguments:?}");
    }
}

#[test]
fn a_file_and_standard_input_are_read_one_after_the_other() {
    let rows = Scratch::new("rows", format!("{HEADER}\n{ROW}\n").as_bytes());
    let input = format!("\u{FEFF}{HEADER}\r\n{ROW}\r\n");
    let output = desk(&["--json", "--orders", rows.name(), "--orders", "-"], input.as_bytes());
    let totals = json(&output);
    assert_eq!(totals["lines"], 2);
    assert_eq!(totals["net"], "10.00");
    assert_eq!(totals["top_customers"], serde_json::json!([["7", "10.00"]]));
    assert!(totals.get("subscribers").is_none(), "nobody asked for them");
}

#[test]
fn a_header_without_rows_is_a_file_of_no_orders() {
    let totals = json(&desk(&["--json", "--orders", "-", "--subscribers", "2"], HEADER.as_bytes()));
    assert_eq!((&totals["lines"], &totals["net"]), (&0.into(), &"0.00".into()));
    assert_eq!(totals["subscribers"].as_array().unwrap().len(), 2);
    assert_eq!(totals["subscribers"][1]["complete"], true);
}

#[test]
fn the_same_seed_has_the_same_totals_twice() {
    let day = |seed| json(&desk(&["--json", "--fast", "--seed", seed], b""));
    assert_eq!(day("7"), day("7"));
    assert_ne!(day("7"), day("8"));
}

#[test]
fn where_there_is_no_terminal_lines_are_plain() {
    let output = desk(&["--fast"], b"");
    assert!(output.status.success());
    assert!(stdout(&output).starts_with("net revenue "), "{}", stdout(&output));
    let control = |byte: &u8| byte.is_ascii_control() && *byte != b'\n';
    assert!(!output.stdout.iter().any(control), "no control codes");
    assert_eq!(stderr(&output), "");
}

#[cfg(unix)]
#[test]
fn an_interruption_does_not_wait_for_a_pipe_that_says_no_more() {
    use rustix::process::{Pid, Signal, kill_process};

    let mut child = Command::new(program())
        .args(["--orders", "-", "--subscribers", "3"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    write!(stdin, "{HEADER}\n{ROW}\n{ROW}\n").unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    // The first line that knows of the rows: both have been counted.
    assert!(lines.any(|line| line.contains("open 1") && line.contains("net 10.00")));
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let totals: Vec<String> = lines.collect();
    assert!(totals.contains(&"net revenue    10.00".to_string()), "{totals:?}");
    assert!(totals.contains(&"subscribers    3 of 3 complete".to_string()), "{totals:?}");
    assert!(child.wait().unwrap().success());
    drop(stdin);
}
