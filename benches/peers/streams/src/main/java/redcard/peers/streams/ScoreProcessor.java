package redcard.peers.streams;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import redcard.peers.fraud.Alert;
import redcard.peers.fraud.Past;
import redcard.peers.fraud.Rules;
import redcard.peers.fraud.Transaction;
import redcard.peers.fraud.TransactionReader;

/** Reads a message, evaluates the rules on the card's past, and remembers the transaction. */
final class ScoreProcessor implements Processor<byte[], byte[], byte[], byte[]> {
    static final String STORE = "past";

    private final TransactionReader reader;
    private final Transaction tx = new Transaction();
    private ProcessorContext<byte[], byte[]> context;
    private KeyValueStore<Bytes, byte[]> store;

    ScoreProcessor(Path rates) {
        try {
            reader = new TransactionReader(rates);
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    @Override
    public void init(ProcessorContext<byte[], byte[]> context) {
        this.context = context;
        store = context.getStateStore(STORE);
    }

    @Override
    public void process(Record<byte[], byte[]> message) {
        if (!isCharge(message.value())) {
            return;
        }
        Bytes card = Bytes.wrap(message.key());
        byte[] stored = store.get(card);
        byte[] past = stored == null ? Past.EMPTY : stored;
        int fired = Rules.evaluate(tx, past);
        if (fired != 0) {
            context.forward(message.withValue(Alert.of(tx, fired)));
        }
        store.put(card, Past.with(past, Past.pack(tx)));
    }

    private boolean isCharge(byte[] value) {
        try {
            return reader.read(value, tx);
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }
}
