package redcard.peers.flink;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Properties;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.sink.TransactionNamingStrategy;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.core.execution.CheckpointingMode;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * The six rules on Flink, exactly once, in one process. Runs until it is ended.
 *
 * <pre>
 * transactions ──▶ source, decodes ──▶ by card ──▶ score ──▶ alerts
 *                                                    │
 *                                          state: the past of each card, on the heap
 * </pre>
 */
public final class FlinkPeer {
    /** The broker's default for the longest transaction. */
    private static final Duration TRANSACTION_TIMEOUT = Duration.ofMinutes(15);

    private static final TypeInformation<Tuple2<String, byte[]>> ALERT =
            Types.TUPLE(Types.STRING, PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO);

    private FlinkPeer() {}

    /** {@code BROKERS GROUP INPUT OUTPUT RATES DIRECTORY CHECKPOINT_INTERVAL_MS} */
    public static void main(String[] arguments) throws Exception {
        Duration interval = Duration.ofMillis(Long.parseLong(arguments[6]));
        var environment = StreamExecutionEnvironment.createLocalEnvironment(
                1, settings(Path.of(arguments[5]), interval));
        environment
                .fromSource(source(arguments), WatermarkStrategy.noWatermarks(), "transactions")
                .keyBy(charge -> charge.f0)
                .process(new ScoreFunction(), ALERT)
                .sinkTo(sink(arguments));
        environment.execute("peers");
    }

    private static Configuration settings(Path directory, Duration interval) {
        Configuration settings = new Configuration();
        settings.set(PipelineOptions.OBJECT_REUSE, true);
        // No type may fall back to Kryo.
        settings.set(PipelineOptions.GENERIC_TYPES, false);
        settings.set(StateBackendOptions.STATE_BACKEND, "hashmap");
        // The heap backend has no use for managed memory.
        settings.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ZERO);
        settings.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, interval);
        settings.set(
                CheckpointingOptions.CHECKPOINTING_CONSISTENCY_MODE, CheckpointingMode.EXACTLY_ONCE);
        settings.set(CheckpointingOptions.CHECKPOINT_STORAGE, "filesystem");
        settings.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, directory.toUri().toString());
        return settings;
    }

    private static KafkaSource<Tuple3<String, String, byte[]>> source(String[] arguments) {
        return KafkaSource.<Tuple3<String, String, byte[]>>builder()
                .setBootstrapServers(arguments[0])
                .setGroupId(arguments[1])
                .setTopics(arguments[2])
                .setStartingOffsets(OffsetsInitializer.earliest())
                .setDeserializer(new ChargeDeserializer(arguments[4]))
                .setProperty("isolation.level", "read_committed")
                .setProperty("max.poll.records", "5000")
                .build();
    }

    private static KafkaSink<Tuple2<String, byte[]>> sink(String[] arguments) {
        Properties producer = new Properties();
        producer.setProperty("transaction.timeout.ms", String.valueOf(TRANSACTION_TIMEOUT.toMillis()));
        producer.setProperty("compression.type", "lz4");
        return KafkaSink.<Tuple2<String, byte[]>>builder()
                .setBootstrapServers(arguments[0])
                .setDeliveryGuarantee(DeliveryGuarantee.EXACTLY_ONCE)
                .setTransactionalIdPrefix(arguments[1])
                .setTransactionNamingStrategy(TransactionNamingStrategy.POOLING)
                .setKafkaProducerConfig(producer)
                .setRecordSerializer(KafkaRecordSerializationSchema.<Tuple2<String, byte[]>>builder()
                        .setTopic(arguments[3])
                        .setKeySerializationSchema(new AlertSchema.Key())
                        .setValueSerializationSchema(new AlertSchema.Value())
                        .build())
                .build();
    }
}
