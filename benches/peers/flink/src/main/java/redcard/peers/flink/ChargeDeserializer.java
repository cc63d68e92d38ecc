package redcard.peers.flink;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import redcard.peers.fraud.Past;
import redcard.peers.fraud.Transaction;
import redcard.peers.fraud.TransactionReader;

/**
 * Gives card, transaction id and charge (packed as in {@link Past}) of each message that is remembered. Decoding
 * before the exchange by card makes what is exchanged small, and a tuple of these types is serialized
 * without reflection.
 */
final class ChargeDeserializer
        implements KafkaRecordDeserializationSchema<Tuple3<String, String, byte[]>> {
    private static final long serialVersionUID = 1;

    private final String ratesFile;
    private transient TransactionReader reader;
    private transient Transaction tx;
    private transient Tuple3<String, String, byte[]> charge;

    ChargeDeserializer(String ratesFile) {
        this.ratesFile = ratesFile;
    }

    @Override
    public void open(DeserializationSchema.InitializationContext context) throws IOException {
        reader = new TransactionReader(Path.of(ratesFile));
        tx = new Transaction();
        charge = new Tuple3<>();
    }

    @Override
    public void deserialize(
            ConsumerRecord<byte[], byte[]> message, Collector<Tuple3<String, String, byte[]>> out)
            throws IOException {
        if (reader.read(message.value(), tx)) {
            String card = new String(message.key(), StandardCharsets.UTF_8);
            charge.setFields(card, tx.id, Past.pack(tx));
            out.collect(charge);
        }
    }

    @Override
    public TypeInformation<Tuple3<String, String, byte[]>> getProducedType() {
        return Types.TUPLE(
                Types.STRING, Types.STRING, PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO);
    }
}
