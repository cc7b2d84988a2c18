//! A whole pipeline, publishers and bindings in their driver form, tested to quiescence without a
//! runtime, in whatever order its parts run.

use flo_reactive::{BoundExt, Publisher, bind_stream_driver, computed_from};
use flo_test::{Tasks, for_seeds};
use futures::{StreamExt, stream};

#[test]
fn a_pipeline_settles_at_the_same_totals_in_every_order() {
    for_seeds(200, |seed| {
        let orders = Publisher::new(2);
        let (count, counting) =
            bind_stream_driver(orders.subscribe(), 0, |count, _: u64| *count += 1);
        let (sum, summing) = bind_stream_driver(orders.subscribe(), 0, |sum, cents| *sum += cents);
        let average =
            computed_from((&count, &sum), |(count, sum)| sum.checked_div(*count).unwrap_or(0));

        let mut tasks = Tasks::seeded(seed);
        tasks.spawn_named("counting", counting);
        tasks.spawn_named("summing", summing);
        let averages = tasks.collect_named("averages", average.follow());
        let publishing = stream::iter([10, 20, 30, 40, 50]).map(Ok).forward(orders.clone());
        let publishing = tasks.spawn_named("publishing", publishing);
        tasks.settle();
        assert_eq!(publishing.take(), Some(Ok(())));
        assert_eq!((count.get(), sum.get()), (5, 150));
        assert_eq!(averages.take().last(), Some(&30));
        assert_eq!(tasks.unfinished().len(), 3, "they wait for more");

        drop(orders);
        tasks.settle();
        tasks.assert_finished();
        assert!(averages.is_ended() && count.is_ended() && sum.is_ended());
    });
}
