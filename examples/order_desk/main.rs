//! The order desk; what it is made of is in `lib.rs`.

use std::process::ExitCode;

use clap::Parser;
use order_desk::{options::Options, run::run};

fn main() -> ExitCode {
    run(&Options::parse())
}
