package redcard.peers.flink;

import java.nio.charset.StandardCharsets;
import org.apache.flink.api.common.serialization.SerializationSchema;
import org.apache.flink.api.java.tuple.Tuple2;

/** Makes a card and its alert the key and the value of a record. */
final class AlertSchema {
    private AlertSchema() {}

    static final class Key implements SerializationSchema<Tuple2<String, byte[]>> {
        private static final long serialVersionUID = 1;

        @Override
        public byte[] serialize(Tuple2<String, byte[]> alert) {
            return alert.f0.getBytes(StandardCharsets.UTF_8);
        }
    }

    static final class Value implements SerializationSchema<Tuple2<String, byte[]>> {
        private static final long serialVersionUID = 1;

        @Override
        public byte[] serialize(Tuple2<String, byte[]> alert) {
            return alert.f1;
        }
    }
}
