package redcard.peers.streams;

import java.nio.file.Path;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.state.Stores;

/**
 * The six rules on Kafka Streams, exactly once. Runs until it is ended.
 *
 * <pre>
 * transactions ──▶ source ──▶ score ──▶ alerts
 *                               │
 *                     store: the past of each card, in memory, with its changelog topic
 * </pre>
 */
public final class StreamsPeer {
    private static final String SOURCE = "transactions";
    private static final String SCORE = "score";
    private static final String SINK = "alerts";

    private StreamsPeer() {}

    /** {@code BROKERS GROUP INPUT OUTPUT RATES DIRECTORY} */
    public static void main(String[] arguments) throws InterruptedException {
        Topology topology = topology(arguments[2], arguments[3], Path.of(arguments[4]));
        Properties settings = settings(arguments[0], arguments[1], arguments[5]);
        KafkaStreams streams = new KafkaStreams(topology, settings);
        CountDownLatch ended = new CountDownLatch(1);
        streams.setStateListener((now, before) -> {
            if (now == KafkaStreams.State.ERROR) {
                ended.countDown();
            }
        });
        Runtime.getRuntime().addShutdownHook(new Thread(streams::close));
        streams.start();
        ended.await();
        System.exit(1);
    }

    private static Topology topology(String input, String output, Path rates) {
        var past = Stores.keyValueStoreBuilder(
                Stores.inMemoryKeyValueStore(ScoreProcessor.STORE), Serdes.Bytes(), Serdes.ByteArray());
        var bytes = Serdes.ByteArray();
        return new Topology()
                .addSource(SOURCE, bytes.deserializer(), bytes.deserializer(), input)
                .addProcessor(SCORE, () -> new ScoreProcessor(rates), SOURCE)
                .addStateStore(past, SCORE)
                .addSink(SINK, output, bytes.serializer(), bytes.serializer(), SCORE);
    }

    private static Properties settings(String brokers, String group, String directory) {
        Properties settings = new Properties();
        settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, brokers);
        settings.put(StreamsConfig.APPLICATION_ID_CONFIG, group);
        settings.put(StreamsConfig.STATE_DIR_CONFIG, directory);
        settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 1);
        // There is one broker.
        settings.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, 1);
        // A store is written once for each transaction and rarely twice for a card between two commits.
        settings.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 0);
        settings.put(StreamsConfig.BUFFERED_RECORDS_PER_PARTITION_CONFIG, 5_000);
        settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");
        settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.MAX_POLL_RECORDS_CONFIG), 5_000);
        settings.put(StreamsConfig.producerPrefix(ProducerConfig.COMPRESSION_TYPE_CONFIG), "lz4");
        settings.put(StreamsConfig.producerPrefix(ProducerConfig.BATCH_SIZE_CONFIG), 256 * 1024);
        return settings;
    }
}
