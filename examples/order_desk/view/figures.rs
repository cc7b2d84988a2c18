//! Numbers and names as people read them.

/// A number with its thousands apart: `-12345.60` is `-12 345.60`.
pub(crate) fn grouped(number: &impl ToString) -> String {
    let number = number.to_string();
    let digits = number.strip_prefix('-').unwrap_or(&number);
    let (whole, rest) = digits.split_at(digits.find('.').unwrap_or(digits.len()));
    let mut text = String::from(if digits.len() < number.len() { "-" } else { "" });
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place) % 3 == 0 {
            text.push(' ');
        }
        text.push(digit);
    }
    text + rest
}

/// A name without what a terminal would obey.
pub(crate) fn printable(name: &str) -> String {
    name.chars().map(|letter| if letter.is_control() { '\u{FFFD}' } else { letter }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_apart() {
        assert_eq!(grouped(&0), "0");
        assert_eq!(grouped(&999), "999");
        assert_eq!(grouped(&1000), "1 000");
        assert_eq!(grouped(&"-1234567.125"), "-1 234 567.125");
    }

    #[test]
    fn a_name_cannot_steer_the_terminal() {
        assert_eq!(printable("a\u{1b}[2Jb\n"), "a\u{FFFD}[2Jb\u{FFFD}");
    }
}
