package redcard.peers.flink;

import java.io.IOException;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;
import redcard.peers.fraud.Alert;
import redcard.peers.fraud.Past;
import redcard.peers.fraud.Rules;
import redcard.peers.fraud.Transaction;

/**
 * Evaluates the rules on the card's past, and remembers it. Returns card and alert.
 *
 * <p>The state's arrays are never changed in place, so the heap state backend may keep them as they
 * are while a checkpoint is written.
 */
final class ScoreFunction
        extends KeyedProcessFunction<String, Tuple3<String, String, byte[]>, Tuple2<String, byte[]>> {
    private static final long serialVersionUID = 1;

    private transient ValueState<byte[]> state;
    private transient Transaction tx;

    @Override
    public void open(OpenContext context) {
        state = getRuntimeContext().getState(new ValueStateDescriptor<>(
                "past", PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO));
        tx = new Transaction();
    }

    @Override
    public void processElement(
            Tuple3<String, String, byte[]> charge, Context context,
            Collector<Tuple2<String, byte[]>> alerts)
            throws IOException {
        byte[] remembered = state.value();
        byte[] past = remembered == null ? Past.EMPTY : remembered;
        Past.unpack(charge.f2, tx);
        tx.id = charge.f1;
        int fired = Rules.evaluate(tx, past);
        if (fired != 0) {
            alerts.collect(Tuple2.of(charge.f0, Alert.of(tx, fired)));
        }
        state.update(Past.with(past, charge.f2));
    }
}
