//! What the desk's files may know of each other.

use std::fs;

/// The components, by the names of their files.
const COMPONENTS: [&str; 8] =
    ["auditor", "clock", "countries", "customers", "open", "orders", "products", "rate"];

fn source(file: &str) -> String {
    let path = format!("{}/order_desk/{file}.rs", env!("CARGO_MANIFEST_DIR"));
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Whether `file` names something of the module `name` of the desk.
fn names(file: &str, name: &str) -> bool {
    let (text, path) = (source(file), format!("{name}::"));
    let mut found = text.match_indices(&path).map(|(place, _)| &text[..place]);
    // `crate::` ends with `rate::`, too.
    found.any(|before| !before.ends_with(|letter: char| letter.is_alphanumeric() || letter == '_'))
}

#[test]
fn no_component_names_another() {
    for component in COMPONENTS {
        for other in COMPONENTS.into_iter().filter(|other| *other != component) {
            assert!(!names(component, other), "{component} names {other}");
        }
        for file in ["desk", "feed", "view", "terminal", "totals", "run"] {
            assert!(!names(component, file), "{component} names {file}");
        }
    }
}

#[test]
fn the_desk_names_every_component_and_the_views_and_the_feed_none() {
    for component in COMPONENTS {
        assert!(names("desk", component), "the desk wires {component}");
        for file in
            ["feed", "view", "view/header", "view/newest", "plain", "terminal", "run", "run/show"]
        {
            assert!(!names(file, component), "{file} names {component}");
        }
    }
}
