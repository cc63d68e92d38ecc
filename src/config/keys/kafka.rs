//! Defines the keys of `[kafka]` and `[topics]`.

use super::key::{Key, key};

const SHARDS_MAX: i64 = 256;
const PARTITIONS_MAX: i64 = 100_000;
const REPLICATION_FACTOR_MAX: i64 = 1_000;

pub(super) const KAFKA: &[Key] = &[
    key("kafka", "brokers", |config| &mut config.kafka.brokers).doc(
        "Bootstrap brokers: `host:port`, comma separated. An address that the client library \
         would ignore is an error.",
    ),
    key("kafka", "group_id", |config| &mut config.kafka.group_id)
        .doc("The consumer group. Instances in the same group share the partitions."),
    key("kafka", "client_id", |config| &mut config.kafka.client_id)
        .doc("The name of this client in the brokers' logs, metrics and quotas."),
    key("kafka", "instance", |config| &mut config.kafka.instance).doc(
        "A unique name for each instance of the group, the same at each start. The instance \
         then keeps its transactions and its membership across restarts \
         ([sizing](sizing.md#time-outs)). Empty: a random name at each start.",
    ),
    key("kafka", "shards", |config| &mut config.kafka.shards).within((1, SHARDS_MAX)).doc(
        "Threads; each owns a consumer, a producer and the memory of its partitions. \
         `\"auto\"` is one per processor that the process may use.",
    ),
    key("kafka", "properties", |config| &mut config.kafka.properties)
        .example(&[
            "\"security.protocol\" = \"SASL_SSL\"",
            "\"sasl.mechanism\" = \"SCRAM-SHA-512\"",
            "\"sasl.username\" = \"redcard\"",
        ])
        .doc(
            "Any property of the client library ([librdkafka's \
         list](https://github.com/confluentinc/librdkafka/blob/master/CONFIGURATION.md)), for \
         the consumer, the producer and the admin client. Configure TLS and SASL here.",
        ),
    key("kafka", "property_files", |config| &mut config.kafka.property_files)
        .example(&["\"sasl.password\" = \"/run/secrets/sasl-password\""])
        .doc("For a secret property, the file that contains its value."),
];

pub(super) const TOPICS: &[Key] = &[
    key("topics", "transactions", |config| &mut config.topics.transactions)
        .doc("The input topic ([transaction.md](../reference/transaction.md))."),
    key("topics", "labels", |config| &mut config.topics.labels).doc(
        "The topic of labels: what was learned later about a transaction \
         ([labels](../reference/label.md)). It is keyed by card and needs as many partitions as the \
         input. Empty: there are none.",
    ),
    key("topics", "alerts", |config| &mut config.topics.alerts)
        .doc("The topic for alerts ([decision-and-alert.md](../reference/decision-and-alert.md))."),
    key("topics", "dead_letters", |config| &mut config.topics.dead_letters)
        .doc("The topic for records that could not become a transaction."),
    key("topics", "decisions", |config| &mut config.topics.decisions)
        .doc("The topic for all decisions. Empty: decisions are not published."),
    key("topics", "history", |config| &mut config.topics.history).doc(
        "The topic that memory is restored from ([memory](../concepts/memory.md)). It needs as many \
         partitions as the input ([its format](../reference/history.md)). Empty: memory is empty at \
         each start.",
    ),
    key("topics", "lists", |config| &mut config.topics.lists).doc(
        "The compacted topic with entries of lists ([its format](../reference/lists.md)), which every \
         instance reads completely. Empty: lists have only the entries of their files.",
    ),
    key("topics", "outcomes", |config| &mut config.topics.outcomes).doc(
        "The topic of alerts and labels that rules are measured with \
         ([measuring rules](measuring-rules.md)). It is compacted and needs as many partitions as the \
         input ([its format](../reference/outcomes.md)). It needs `topics.labels`. Empty: rules are not \
         measured.",
    ),
    key("topics", "create", |config| &mut config.topics.create).doc(
        "Whether redcard creates missing topics. If not, a start without them fails and \
         prints the commands that create them.",
    ),
    key("topics", "partitions", |config| &mut config.topics.partitions)
        .within((-1, PARTITIONS_MAX))
        .doc("Partitions of created topics; -1 uses the broker's default."),
    key("topics", "replication_factor", |config| &mut config.topics.replication_factor)
        .within((-1, REPLICATION_FACTOR_MAX))
        .doc("Replicas of created topics; -1 uses the broker's default."),
];
