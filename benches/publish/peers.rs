//! One small adapter per library for [`Fan`].

use futures::StreamExt;

use crate::{exec::yield_now, fan::Fan, message::Message};

pub(crate) struct Flo;

impl<M: Message> Fan<M> for Flo {
    const NAME: &'static str = "flo";
    type Sender = flo_reactive::Publisher<M>;
    type Reader = flo_reactive::Subscriber<M>;

    fn make(
        capacity: usize,
        senders: usize,
        readers: usize,
    ) -> (Vec<Self::Sender>, Vec<Self::Reader>) {
        let publisher = flo_reactive::Publisher::new(capacity);
        let readers = (0..readers).map(|_| publisher.subscribe()).collect();
        (vec![publisher; senders], readers)
    }

    async fn send(sender: &mut Self::Sender, message: M) {
        sender.publish(message).await.expect("open");
    }

    async fn recv(reader: &mut Self::Reader) -> Option<M> {
        reader.recv().await.ok()
    }
}

pub(crate) struct FloStream;

impl<M: Message> Fan<M> for FloStream {
    const NAME: &'static str = "flo_stream";
    type Sender = flo_stream::Publisher<M>;
    type Reader = flo_stream::Subscriber<M>;

    fn make(
        capacity: usize,
        senders: usize,
        readers: usize,
    ) -> (Vec<Self::Sender>, Vec<Self::Reader>) {
        use flo_stream::MessagePublisher;
        let mut publisher = flo_stream::Publisher::new(capacity);
        let readers = (0..readers).map(|_| publisher.subscribe()).collect();
        let mut all: Vec<_> = (1..senders).map(|_| publisher.republish()).collect();
        all.push(publisher);
        (all, readers)
    }

    async fn send(sender: &mut Self::Sender, message: M) {
        use flo_stream::MessagePublisher;
        sender.publish(message).await;
    }

    async fn recv(reader: &mut Self::Reader) -> Option<M> {
        reader.next().await
    }
}

pub(crate) struct AsyncBroadcast;

impl<M: Message> Fan<M> for AsyncBroadcast {
    const NAME: &'static str = "async-broadcast";
    type Sender = async_broadcast::Sender<M>;
    type Reader = async_broadcast::Receiver<M>;

    fn make(
        capacity: usize,
        senders: usize,
        readers: usize,
    ) -> (Vec<Self::Sender>, Vec<Self::Reader>) {
        let (sender, receiver) = async_broadcast::broadcast(capacity);
        let mut all: Vec<_> = (1..readers).map(|_| receiver.new_receiver()).collect();
        all.push(receiver);
        (vec![sender; senders], all)
    }

    async fn send(sender: &mut Self::Sender, message: M) {
        sender.broadcast_direct(message).await.expect("open");
    }

    async fn recv(reader: &mut Self::Reader) -> Option<M> {
        reader.recv_direct().await.ok()
    }
}

/// Lossless only because the sender looks how long the queue is.
pub(crate) struct TokioBroadcast;

impl<M: Message> Fan<M> for TokioBroadcast {
    const NAME: &'static str = "tokio broadcast";
    type Sender = (tokio::sync::broadcast::Sender<M>, usize);
    type Reader = tokio::sync::broadcast::Receiver<M>;

    fn make(
        capacity: usize,
        senders: usize,
        readers: usize,
    ) -> (Vec<Self::Sender>, Vec<Self::Reader>) {
        // Room for one more of each sender that has looked at the same time.
        let (sender, receiver) = tokio::sync::broadcast::channel(capacity + senders);
        let mut all: Vec<_> = (1..readers).map(|_| sender.subscribe()).collect();
        all.push(receiver);
        (vec![(sender, capacity); senders], all)
    }

    async fn send((sender, capacity): &mut Self::Sender, message: M) {
        while sender.len() >= *capacity {
            yield_now().await;
        }
        assert!(sender.send(message).is_ok(), "open");
    }

    async fn recv(reader: &mut Self::Reader) -> Option<M> {
        match reader.recv().await {
            Ok(message) => Some(message),
            Err(tokio::sync::broadcast::error::RecvError::Closed) => None,
            Err(lagged) => panic!("the sender has looked: {lagged}"),
        }
    }
}

pub(crate) struct Postage;

impl<M: Message> Fan<M> for Postage {
    const NAME: &'static str = "postage";
    // On two workers, now and then.
    const LOSES: bool = true;
    type Sender = postage::broadcast::Sender<M>;
    type Reader = postage::broadcast::Receiver<M>;

    fn make(
        capacity: usize,
        senders: usize,
        readers: usize,
    ) -> (Vec<Self::Sender>, Vec<Self::Reader>) {
        let (sender, receiver) = postage::broadcast::channel(capacity);
        let mut all: Vec<_> = (1..readers).map(|_| sender.subscribe()).collect();
        all.push(receiver);
        (vec![sender; senders], all)
    }

    async fn send(sender: &mut Self::Sender, message: M) {
        postage::sink::Sink::send(sender, message).await.expect("open");
    }

    async fn recv(reader: &mut Self::Reader) -> Option<M> {
        postage::stream::Stream::recv(reader).await
    }
}

/// One bounded channel per reader: the message is cloned for all but the last.
macro_rules! channels {
    ($Fan:ident, $name:literal, $Sender:ty, $Reader:ty, $make:expr, $send:expr, $recv:expr) => {
        pub(crate) struct $Fan;

        impl<M: Message> Fan<M> for $Fan {
            const NAME: &'static str = $name;
            type Sender = Vec<$Sender>;
            type Reader = $Reader;

            fn make(
                capacity: usize,
                senders: usize,
                readers: usize,
            ) -> (Vec<Self::Sender>, Vec<Self::Reader>) {
                let (ends, all): (Vec<_>, Vec<_>) = (0..readers).map(|_| $make(capacity)).unzip();
                (vec![ends; senders], all)
            }

            async fn send(sender: &mut Self::Sender, message: M) {
                let (last, others) = sender.split_last().expect("at least one reader");
                for other in others {
                    $send(other, message.clone()).await.expect("open");
                }
                $send(last, message).await.expect("open");
            }

            async fn recv(reader: &mut Self::Reader) -> Option<M> {
                $recv(reader).await
            }
        }
    };
}

channels!(
    TokioChannels,
    "tokio mpsc",
    tokio::sync::mpsc::Sender<M>,
    tokio::sync::mpsc::Receiver<M>,
    tokio::sync::mpsc::channel,
    tokio::sync::mpsc::Sender::send,
    tokio::sync::mpsc::Receiver::recv
);
channels!(
    FlumeChannels,
    "flume",
    flume::Sender<M>,
    flume::Receiver<M>,
    flume::bounded,
    flume::Sender::send_async,
    async |reader: &mut flume::Receiver<M>| reader.recv_async().await.ok()
);
channels!(
    KanalChannels,
    "kanal",
    kanal::AsyncSender<M>,
    kanal::AsyncReceiver<M>,
    kanal::bounded_async,
    kanal::AsyncSender::send,
    async |reader: &mut kanal::AsyncReceiver<M>| reader.recv().await.ok()
);
channels!(
    CrossfireChannels,
    "crossfire",
    crossfire::MAsyncTx<crossfire::mpsc::Array<M>>,
    crossfire::AsyncRx<crossfire::mpsc::Array<M>>,
    crossfire::mpsc::bounded_async,
    async |sender: &crossfire::MAsyncTx<crossfire::mpsc::Array<M>>, message| sender
        .send(message)
        .await,
    async |reader: &mut crossfire::AsyncRx<crossfire::mpsc::Array<M>>| reader.recv().await.ok()
);
channels!(
    AsyncChannels,
    "async-channel",
    async_channel::Sender<M>,
    async_channel::Receiver<M>,
    async_channel::bounded,
    async_channel::Sender::send,
    async |reader: &mut async_channel::Receiver<M>| reader.recv().await.ok()
);
