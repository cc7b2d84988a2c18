//! What holds across the crates of flo. The README and the pages on testing and migrating are compiled
//! and run as they stand.

#[doc = include_str!("../README.md")]
#[cfg(doctest)]
pub struct Readme;

#[doc = include_str!("../flo_test/TESTING.md")]
#[cfg(doctest)]
pub struct Testing;

#[doc = include_str!("../flo_publish/README.md")]
#[cfg(doctest)]
pub struct PublishReadme;

#[doc = include_str!("../flo_publish/MIGRATING.md")]
#[cfg(doctest)]
pub struct MigratingPublish;

#[doc = include_str!("../flo_bind/MIGRATING.md")]
#[cfg(doctest)]
pub struct MigratingBind;

#[doc = include_str!("../flo_bind/README.md")]
#[cfg(doctest)]
pub struct BindReadme;
