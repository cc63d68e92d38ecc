package redcard.peers.flink;

import java.nio.charset.StandardCharsets;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Makes card and alert a record with that key and that value. */
final class AlertSerializer implements KafkaRecordSerializationSchema<Tuple2<String, byte[]>> {
    private static final long serialVersionUID = 1;

    private final String topic;

    AlertSerializer(String topic) {
        this.topic = topic;
    }

    @Override
    public ProducerRecord<byte[], byte[]> serialize(
            Tuple2<String, byte[]> alert, KafkaSinkContext context, Long timestamp) {
        return new ProducerRecord<>(topic, alert.f0.getBytes(StandardCharsets.UTF_8), alert.f1);
    }
}
