//! The command line.

use std::path::PathBuf;

use clap::Parser;

use crate::{feed::STDIN, pace::Pace};

/// How many times faster than its shop the built-in day goes by: twelve hours in a minute.
const DAY_SPEED: f64 = 720.0;

/// Plays purchase orders and shows live what they come to.
///
/// Without options it plays a built-in day of about a minute. Ctrl-C ends it with the totals so far.
#[derive(Clone, Debug, Parser)]
#[command(name = "order_desk", version)]
pub struct Options {
    /// Replay the orders of a CSV file instead of the built-in day; `-` is standard input. May be repeated.
    #[arg(long, value_name = "FILE")]
    pub orders: Vec<PathBuf>,

    /// Play this many times as fast as the dates say. Files are otherwise read as fast as can be.
    #[arg(long, value_name = "N", value_parser = parse_speed, conflicts_with = "fast")]
    pub speed: Option<f64>,

    /// Which built-in day to play.
    #[arg(long, value_name = "N", default_value_t = 1, conflicts_with = "orders")]
    pub seed: u64,

    /// Play the built-in day without waiting.
    #[arg(long)]
    pub fast: bool,

    /// Add this many full subscribers, each of which checks that it gets every event once and in order.
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = parse_subscribers)]
    pub subscribers: usize,

    /// Print one JSON object of the final totals, and nothing else.
    #[arg(long)]
    pub json: bool,
}

impl Options {
    /// How fast to play.
    pub fn pace(&self) -> Pace {
        match self.speed {
            Some(speed) => Pace::Times(speed),
            None if self.fast || !self.orders.is_empty() => Pace::Unbounded,
            None => Pace::Times(DAY_SPEED),
        }
    }

    /// Whether standard input is one of the files.
    pub fn reads_stdin(&self) -> bool {
        self.orders.iter().any(|file| file == STDIN)
    }
}

fn parse_speed(text: &str) -> Result<f64, String> {
    let speed: f64 = text.parse().map_err(|_| "not a number".to_string())?;
    if speed.is_finite() && speed > 0.0 {
        Ok(speed)
    } else {
        Err("a speed is a number above 0".into())
    }
}

/// A subscriber costs a little memory each: enough of them is an answer, too.
fn parse_subscribers(text: &str) -> Result<usize, String> {
    let most = 10_000;
    let count: usize = text.parse().map_err(|_| "not a whole number".to_string())?;
    if count <= most { Ok(count) } else { Err(format!("more than {most}")) }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Options::command().debug_assert();
    }

    #[test]
    fn the_built_in_day_is_watchable_and_files_are_fast() {
        let pace = |words: &[&str]| {
            Options::try_parse_from([&["order_desk"], words].concat()).map(|options| options.pace())
        };
        assert_eq!(pace(&[]).unwrap(), Pace::Times(720.0));
        assert_eq!(pace(&["--fast"]).unwrap(), Pace::Unbounded);
        assert_eq!(pace(&["--orders", "a.csv"]).unwrap(), Pace::Unbounded);
        assert_eq!(pace(&["--orders", "a.csv", "--speed", "60"]).unwrap(), Pace::Times(60.0));
        assert!(pace(&["--speed", "0"]).is_err());
        assert!(pace(&["--speed", "NaN"]).is_err());
        assert!(pace(&["--speed", "2", "--fast"]).is_err());
    }
}
