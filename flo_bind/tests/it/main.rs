//! What `flo_bind` promises, one file for each subject.

#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

mod bind_streams;
mod callbacks;
mod cleanups;
mod committed;
mod cycles;
mod derived;
mod derived_cases;
mod derived_maps;
mod derived_maps_costs;
mod derived_maps_oracle;
mod derived_oracle;
mod drops;
mod effects;
mod exactness;
mod faults;
mod following;
mod given_up;
mod handles;
mod histories;
mod history_oracle;
mod joined_graphs;
mod lenses;
mod list_from;
mod lists;
mod lists_in_place;
mod lists_oracle;
mod local_queues;
mod maps;
mod maps_oracle;
mod mistakes;
mod oracle;
mod oracle_more;
mod ownership;
mod panics;
mod queues;
mod random_threads;
mod store_oracle;
mod store_owners;
mod stores;
mod threads;
mod transactions;
mod value_types;
mod values;
mod watching;
