//! Lists the formats that are recognised, with what to do about each.

/// A recognised format.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct KnownFormat {
    pub code: &'static str,
    /// Completes "this is …".
    pub name: &'static str,
    pub in_file: &'static str,
    pub in_record: &'static str,
}

macro_rules! formats {
    ($($constant:ident = $code:literal, $name:literal, $in_file:expr, $in_record:expr;)+) => {
        $(pub(super) const $constant: &KnownFormat = &KnownFormat {
            code: $code, name: $name, in_file: $in_file, in_record: $in_record,
        };)+

        #[cfg(test)]
        pub(super) mod tests {
            pub const ALL: &[&super::KnownFormat] = &[$(super::$constant),+];
        }
    };
}

const SERIALIZER: &str =
    "let the producer serialize the value as plain JSON in UTF-8 (docs/reference/transaction.md)";
const UNPACK_TO_LINES: &str = "unpack it and give redcard the JSON Lines in it";
const COMPRESS_IN_PRODUCER: &str = "send plain JSON and let the producer compress (`compression.type`), which readers undo by themselves";
const CONSUME_DECODED: &str = "export it with the registry's own consumer, such as `kafka-json-schema-console-consumer` or \
     `kafka-avro-console-consumer`, which writes JSON Lines";
const NO_REGISTRY: &str = "redcard has no schema registry: use a plain JSON serializer for the value (Kafka Connect: \
     `value.converter=org.apache.kafka.connect.json.JsonConverter` with `schemas.enable=false`)";
const CONSUME_APICURIO: &str =
    "export it with a consumer that has Apicurio's deserializer, and write JSON Lines";
const NO_APICURIO: &str = "redcard has no schema registry: use a plain JSON serializer for the value, or let \
     Apicurio's put the id into a header (`apicurio.registry.headers.enabled=true`)";
const CONSUME_GLUE: &str =
    "export it with a consumer that has AWS Glue's deserializer, and write JSON Lines";
const NO_GLUE: &str = "redcard has no schema registry: use a plain JSON serializer for the value instead of \
     `GlueSchemaRegistryKafkaSerializer`";
const CONVERT_ROWS: &str =
    "convert each row into an object with the fields of docs/reference/transaction.md";
const OBJECTS_ALONE: &str = "`grep -o '{.*}' FILE` writes the objects alone";
const UTF8: &str = "convert it with `iconv -t UTF-8`";

formats! {
    JSON_ARRAY = "json_array", "a JSON array",
        "`jq -c '.[]' FILE` writes its elements as lines",
        "send each element as a separate record, keyed by card";
    WRAPPED = "wrapped_records", "a JSON object with the records in an array",
        "`jq -c '.records[]' FILE`, with the name of the array, writes them as lines",
        "send each element of the array as a separate record, keyed by card";
    ENVELOPE = "envelope", "an envelope with the message inside",
        "`jq -c .payload FILE`, with the name of the field, writes the messages as lines",
        "send the message without its envelope (Kafka Connect: `value.converter.schemas.enable=false`; \
         Debezium: the ExtractNewRecordState transform)";
    CLOUD_EVENT = "cloud_event", "a CloudEvents envelope in structured mode, with the message in `data`",
        "`jq -c .data FILE` writes the messages as lines (`.data | fromjson` if `data` is text, \
         `.data_base64 | @base64d | fromjson` if it is base64)",
        "let the producer use the binary mode of CloudEvents (the message is the value, and the attributes are \
         headers `ce_…`), or send the content of `data` alone";
    PRETTY = "pretty_json", "JSON spread over several lines",
        "`jq -c . FILE` writes an object a line",
        "send each object whole, as one record";
    SEVERAL = "several_objects", "several JSON objects in one",
        "`jq -c . FILE` writes an object a line",
        "send each object as a separate record, keyed by card";
    LISTED = "array_elements", "the elements of a JSON array, one per line, with commas between them",
        "`sed 's/^,//; s/,[[:space:]]*$//' FILE` removes the commas",
        "send each object as a separate record, without the comma";
    SEPARATED = "objects_with_commas", "several JSON objects with commas between them",
        "`(echo '['; cat FILE; echo ']') | jq -c '.[]'` writes them as lines",
        "send each object as a separate record, keyed by card";
    KEYED = "key_and_value", "a key in front of its JSON object",
        "export the values alone (kcat without `%k` and `-K`, kafka-console-consumer without `print.key=true`), or \
         cut the keys off: `sed 's/^[^{]*//' FILE`",
        "send the object alone as the value, and the key as the record's key";
    LOG = "text_before_json", "text with a JSON object in it, such as a line of a log",
        OBJECTS_ALONE, "send the object alone, without the text around it";
    LOGGED = "json_in_field", "an envelope with the message as text in a field",
        "`jq -c '.message | fromjson' FILE`, with the name of the field, writes the messages as lines",
        "send the message itself, without its envelope";
    PYTHON = "python_literal", "Python's notation of a dict (`{'id': None}`), which is not JSON",
        "`python3 -c 'import ast, json, sys; [print(json.dumps(ast.literal_eval(l))) for l in sys.stdin]' < FILE` \
         writes JSON Lines",
        "let the producer serialize with `json.dumps`, not with `str` or `repr`";
    PYTHON_BYTES = "python_bytes", "JSON in Python's notation of bytes (`b'…'`)",
        OBJECTS_ALONE, "send the bytes themselves, not their `str` or `repr`";
    OBJECT_TEXT = "object_text", "an object as a programming language prints it (`{id=a}`, `{id: 'a'}`), which is not JSON",
        "let the program that wrote it serialize to JSON instead",
        "let the producer serialize to JSON instead of printing the object (`toString`)";
    JSON_TEXT = "json_in_text", "JSON inside a JSON string",
        "`jq -c fromjson FILE` takes it out",
        "the producer serializes twice: send the object itself";
    JSON_SEQUENCE = "json_sequence", "a JSON text sequence (RFC 7464)",
        "`jq -c --seq . FILE | tr -d '\\036'` writes an object a line",
        "send the object without the record separator";
    BASE64 = "base64", "text in base64",
        "decode it with `base64 -d`",
        "send the JSON itself";
    CSV = "csv", "a table of separated values (CSV)",
        "redcard reads a file whose name ends in .csv, or any with `--columns` (docs/reference/inputs.md)",
        CONVERT_ROWS;
    PAIRS = "name_value_pairs", "pairs of names and values (`id=a type=refund`)",
        "convert each line into an object with the fields of docs/reference/transaction.md (`mlr --idkvp --ojsonl --ifs space \
         cat FILE` writes JSON Lines with the names)",
        CONVERT_ROWS;
    SQL = "sql", "SQL statements",
        "export a query with `json_object(…)`, a row a line", SERIALIZER;
    XML = "xml", "XML", CONVERT_ROWS, SERIALIZER;
    YAML = "yaml", "YAML", "`yq -o json -I 0 FILE` writes JSON", SERIALIZER;
    ISO_8583 = "iso_8583", "an ISO 8583 message",
        "convert each message into an object: docs/reference/transaction.md names the data element of each field",
        "let the producer convert it into JSON: docs/reference/transaction.md names the data element of each field";
    UTF_16 = "utf_16", "text in UTF-16", UTF8, SERIALIZER;
    UTF_32 = "utf_32", "text in UTF-32", UTF8, SERIALIZER;
    MARKED = "byte_order_mark", "JSON behind a byte order mark",
        "remove the mark (U+FEFF) from the lines after the first",
        "let the producer encode as UTF-8 without a byte order mark";
    REGISTRY_JSON = "schema_registry_json",
        "JSON in a schema registry's framing (a zero byte and a schema id of 4 bytes)",
        CONSUME_DECODED, NO_REGISTRY;
    REGISTRY = "schema_registry",
        "Avro or Protobuf in a schema registry's framing (a zero byte and a schema id of 4 bytes)",
        CONSUME_DECODED, NO_REGISTRY;
    REGISTRY_ARRAY = "schema_registry_array",
        "a JSON array in a schema registry's framing (a zero byte and a schema id of 4 bytes)",
        "export it with the registry's own consumer, such as `kafka-json-schema-console-consumer`, and write the \
         elements as lines with `jq -c '.[]'`",
        "send each element as a separate record, keyed by card, with a plain JSON serializer: redcard has no \
         schema registry";
    APICURIO_JSON = "apicurio_json", "JSON in Apicurio Registry's framing (a zero byte and an id of 8 bytes)",
        CONSUME_APICURIO, NO_APICURIO;
    APICURIO = "apicurio",
        "Avro or Protobuf in Apicurio Registry's framing (a zero byte and an id of 8 bytes)",
        CONSUME_APICURIO, NO_REGISTRY;
    GLUE_JSON = "glue_json", "JSON behind the header of AWS Glue Schema Registry (18 bytes)",
        CONSUME_GLUE, NO_GLUE;
    GLUE = "glue",
        "Avro, Protobuf or compressed JSON behind the header of AWS Glue Schema Registry (18 bytes)",
        CONSUME_GLUE, NO_GLUE;
    LENGTH_AND_JSON = "length_and_json", "JSON behind its length in 4 bytes",
        "write each message as a line, without its length",
        "send the JSON alone: a Kafka record knows its length";
    AVRO_CONTAINER = "avro_container", "an Avro container file",
        "`avro-tools tojson FILE` writes JSON Lines", SERIALIZER;
    AVRO_SINGLE = "avro_single_object", "Avro's single-object encoding",
        "decode it with the schema into JSON Lines", SERIALIZER;
    PARQUET = "parquet", "a Parquet file",
        "redcard reads Parquet from a file that is not compressed as a whole, not from standard input \
         (docs/reference/inputs.md)",
        SERIALIZER;
    ORC = "orc", "an ORC file",
        "`orc-contents FILE` writes JSON Lines", SERIALIZER;
    SQLITE = "sqlite", "an SQLite database",
        "export a query with `json_object(…)`, a row a line", SERIALIZER;
    ZIP = "zip", "a zip archive (or a spreadsheet)",
        "`unzip -p FILE | redcard score -` reads the files in it", COMPRESS_IN_PRODUCER;
    TAR = "tar", "a tar archive",
        "`tar -xOf FILE | redcard score -` reads the files in it", SERIALIZER;
    GZIP = "gzip", "data compressed with gzip", UNPACK_TO_LINES, COMPRESS_IN_PRODUCER;
    ZSTD = "zstd", "data compressed with zstd", UNPACK_TO_LINES, COMPRESS_IN_PRODUCER;
    BZIP2 = "bzip2", "data compressed with bzip2",
        "`bunzip2 -c FILE | redcard score -` reads it", COMPRESS_IN_PRODUCER;
    XZ = "xz", "data compressed with xz",
        "`xz -dc FILE | redcard score -` reads it", COMPRESS_IN_PRODUCER;
    LZ4 = "lz4", "data compressed with lz4",
        "`lz4 -dc FILE | redcard score -` reads it", COMPRESS_IN_PRODUCER;
    SNAPPY = "snappy", "data compressed with snappy", UNPACK_TO_LINES, COMPRESS_IN_PRODUCER;
    RAR = "rar", "a RAR archive",
        "`unrar p -inul FILE | redcard score -` reads the files in it", SERIALIZER;
    SEVEN_ZIP = "seven_zip", "a 7z archive",
        "`7z e -so FILE | redcard score -` reads the files in it", SERIALIZER;
    ARROW = "arrow", "an Arrow or Feather file",
        "`duckdb` or `pyarrow` can write it as Parquet, which redcard reads (docs/reference/inputs.md)", SERIALIZER;
    XLS = "old_office", "an old Office document, such as an .xls spreadsheet",
        "save the sheet as CSV, which redcard reads (docs/reference/inputs.md)", SERIALIZER;
    MESSAGE_PACK = "message_pack", "MessagePack",
        "`python3 -c 'import json, msgpack, sys; [print(json.dumps(m)) for m in msgpack.Unpacker(sys.stdin.buffer)]' \
         < FILE` writes JSON Lines", SERIALIZER;
    CBOR = "cbor", "CBOR",
        "`python3 -m cbor2.tool --sequence FILE` writes JSON Lines", SERIALIZER;
    BSON = "bson", "BSON",
        "`bsondump FILE` writes JSON Lines, in which numbers may have to be unwrapped (`$numberInt`)", SERIALIZER;
    PICKLE = "pickle", "a Python pickle",
        "load it in Python and write each object with `json.dumps`",
        "let the producer serialize with `json.dumps`, not with `pickle`";
    JAVA = "java_serialization", "a serialized Java object", SERIALIZER, SERIALIZER;
    ZEROS = "zero_bytes", "nothing but zero bytes",
        "the file was not written or copied completely (a crash, a full disk, a sparse copy): export it again",
        "check the producer's serializer: it sends a buffer that was never filled";
    BINARY = "binary", "binary data (Avro, Protobuf, encrypted or compressed data)",
        "convert it into JSON Lines", SERIALIZER;
}
