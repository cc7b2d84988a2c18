//! A bad diagram is a panic that points at the character.

use flo_test::{SinkProbe, assert_marbles, cold, expect, hot, must_fail};
use futures::stream;

/// The panic of reading `diagram` as a cold source points at character `at` and says `why`.
#[track_caller]
fn points(text: &str, diagram: &str, at: usize, why: &str) {
    let caret = " ".repeat(at);
    assert_eq!(text, format!("bad marble diagram\n  {diagram}\n  {caret}^ {why}"));
}

#[test]
fn a_cold_source_says_what_is_wrong_and_where() {
    for (diagram, at, why) in [
        ("-a-?-|", 3, "unknown character"),
        ("-ä|", 1, "unknown character"),
        ("--a-(bc--|", 7, "no step passes inside a group"),
        ("--a-(bc", 4, "this `(` has no `)`"),
        ("--a-bc)|", 6, "this `)` has no `(`"),
        ("--()-|", 2, "this group is empty"),
        ("-(a(b))", 3, "a group inside a group"),
        ("-a|-b", 3, "nothing comes after the `|`"),
        ("-(a|b)", 4, "nothing comes after the `|`"),
        ("-a||", 3, "nothing comes after the `|`"),
        ("-^-a|", 1, "a `^` belongs into a hot source"),
        ("-a-!", 3, "a source does not say when it is dropped"),
    ] {
        points(&must_fail(|| cold(diagram)), diagram, at, why);
    }
}

#[test]
fn a_hot_source_has_one_subscription_on_a_step_of_its_own() {
    points(&must_fail(|| hot("-^-^a")), "-^-^a", 3, "a second `^`");
    points(&must_fail(|| hot("-(^a)")), "-(^a)", 2, "a `^` takes a step of its own");
    points(&must_fail(|| hot("a!")), "a!", 1, "a source does not say when it is dropped");
}

#[test]
fn a_time_needs_a_clock_and_stands_apart() {
    points(
        &must_fail(|| cold("a 10ms b")),
        "a 10ms b",
        2,
        "`10ms` is a time, and no clock is kept here: call `paused_clock` (feature `tokio`); if these \
         are items, a space goes between them",
    );
    points(
        &must_fail(|| cold("a10ms")),
        "a10ms",
        1,
        "is `10ms` a time? Then a space goes before it; if these are items, a space goes between them",
    );
    assert_marbles!(cold("a 1 0 m s|"), "a10 m s|");
    assert_marbles!(cold("1s2s3|"), "1s2s3|");
}

#[test]
fn an_expectation_is_read_as_carefully() {
    let check = |diagram: &'static str| must_fail(|| assert_marbles!(stream::iter(['a']), diagram));
    points(&check("a-(b"), "a-(b", 2, "this `(` has no `)`");
    points(&check("^-a"), "^-a", 0, "a `^` belongs into a hot source");
    points(&check("a!-"), "a!-", 2, "nothing comes after the `!`");
    points(&check("a=b"), "a=b", 1, "unknown character");
    assert_eq!(check("   "), "nothing is expected: a diagram has at least one step");
}

#[test]
fn a_script_of_a_sink_has_its_own_characters() {
    let unknown = "unknown: a sink's script has `r`, `R`, `-`, `!`, `( )`";
    points(&must_fail(|| SinkProbe::<u8>::new("r-a")), "r-a", 2, unknown);
    points(&must_fail(|| SinkProbe::<u8>::new("r-|")), "r-|", 2, unknown);
    points(&must_fail(|| SinkProbe::<u8>::new("r!r")), "r!r", 2, "nothing comes after the `!`");
}

#[test]
fn a_name_without_a_value_is_pointed_at() {
    points(
        &must_fail(|| cold("-a-b|").values([('a', 1)])),
        "-a-b|",
        3,
        "no value is given for `b`",
    );
    points(
        &must_fail(|| assert_marbles!(stream::iter([1]), "(1x|)", { '1' => 1 })),
        "(1x|)",
        2,
        "no value is given for `x`",
    );
    points(
        &must_fail(|| assert_marbles!(stream::iter([1]), "(1x|)")),
        "(1x|)",
        2,
        "no value is given for `x`",
    );
    points(
        &must_fail(|| assert_marbles!(stream::iter(['a']), "(a#|)")),
        "(a#|)",
        2,
        "no value is given for `#`",
    );
}

#[test]
fn an_error_item_of_which_nobody_says_what_it_is_is_pointed_at_when_polled() {
    let text = must_fail(|| assert_marbles!(cold("-a-#"), "-a-b"));
    let why = "bad marble diagram\n  -a-#\n     ^ which error is this? Say so with \
               `.failing(error)`, or give `#` a value\n  in the source made at ";
    assert!(text.starts_with(why), "{text}");
    assert!(text.contains("diagrams.rs:"), "{text}");
}

#[test]
fn spaces_are_free_and_tabs_do_not_move_the_caret() {
    assert_marbles!(cold("- a - ( b c ) |"), "-a -(bc)|");
    points(&must_fail(|| cold("a\tb?")), "a b?", 3, "unknown character");
}

#[test]
fn what_characters_stand_for_can_be_said_in_several_ways() {
    assert_marbles!(cold("-1-2|").values([('1', 10), ('2', 20)]), "-x-y|", { 'x' => 10, 'y' => 20 });
    assert_marbles!(cold("-a|").values(vec![('a', "lamp")]), "-l|", { 'l' => "lamp" });
    assert_marbles!(cold("-a|").values(&[('a', 1)][..]), "-1|");
    assert_marbles!(cold("-7|").values_by(|name| name.to_digit(10)), "-7|", |name| name
        .to_digit(10));
    assert_marbles!(stream::iter([3_u8, 4]), "(34|)");
    assert_marbles!(stream::iter([1.0, 2.0]), "(12|)");
    assert_marbles!(stream::iter(["a", "b"]), "(ab|)");
    assert_marbles!(stream::iter(["a".to_owned()]), "(a|)");
    assert_marbles!(stream::iter([(), ()]), "(xy|)");
    assert_marbles!(stream::iter([Ok('a'), Err("any")]), "(a#|)");
    assert_marbles!(stream::iter([Some(1)]), expect("(a|)").values([('a', Some(1))]));
    assert_marbles!(stream::iter(['a']), String::from("(a|)"));
}
