"""Writes the tables that tests/it/cli/tables.rs reads: the messages of messages.jsonl as CSV and Parquet.

Run it in this folder with pandas 3.1.1 and pyarrow 26.0.1:

    python3 -m venv /tmp/tables && /tmp/tables/bin/pip install pandas==3.1.1 pyarrow==26.0.1
    /tmp/tables/bin/python make.py

It gives the same values on each run; bytes of compressed files may differ with other versions.
"""

import datetime
import decimal
import json
import random

import pandas
import pyarrow
import pyarrow.parquet

PLACES = {"USD": 2, "EUR": 2, "JPY": 0, "BHD": 3}
MERCHANTS = [
    {"id": "m_1", "name": 'Café "Zum Löwen", Zürich', "mcc": "5812", "country": "CH"},
    {"id": "m_2", "name": "line\nfeed", "mcc": "0742", "country": "US", "latitude": 40.5, "longitude": -74.25},
    {"id": "m_3", "name": "Plain", "mcc": "5411", "country": "GB", "latitude": 5e-05, "longitude": 12.0},
    {"id": "4", "name": None, "mcc": None, "country": None},
]
START = datetime.datetime(2026, 1, 5, 8, 0, tzinfo=datetime.timezone.utc)


def rfc3339(time):
    return time.strftime("%Y-%m-%dT%H:%M:%S.") + f"{time.microsecond // 1000:03}Z"


def messages():
    rng = random.Random(17)
    made, time = [], START
    for number in range(120):
        time += datetime.timedelta(milliseconds=rng.randrange(1, 2_400_000))
        currency = rng.choice(list(PLACES))
        message = {
            "id": f"t{number:03}",
            "type": rng.choice(["authorization"] * 8 + ["refund", "clearing"]),
            "time": rfc3339(time),
            "card": {"token": f"c_{rng.randrange(6)}", "funding": rng.choice(["debit", "credit", None])},
            "amount": rng.choice([1, 99, 500, 10_000, 123_456, 2**40 + 1]),
            "currency": currency,
            "merchant": rng.choice(MERCHANTS),
            "channel": rng.choice(["ecommerce", "chip", None]),
            "card_present": rng.choice([True, False, None]),
            "response": {"approved": rng.choice([True, True, False]), "reason": rng.choice(["05", None])},
            "original_id": f"t{number - 1:03}" if number % 10 == 9 else None,
        }
        made.append(message)
    return made


def without_nulls(value):
    if isinstance(value, dict):
        return {key: without_nulls(inner) for key, inner in value.items() if inner is not None}
    return value


def major(message):
    return decimal.Decimal(message["amount"]).scaleb(-PLACES[message["currency"]])


def time_of(message):
    return datetime.datetime.fromisoformat(message["time"])


MESSAGES = messages()
with open("messages.jsonl", "w") as lines:
    for message in MESSAGES:
        lines.write(json.dumps(without_nulls(message), ensure_ascii=False) + "\n")

# Columns with the paths of fields. pandas writes codes with missing values as they are, since they are
# text, and True and False for flags.
flat = pandas.json_normalize(MESSAGES)
flat.to_csv("paths.csv", index=False)
flat.to_csv("paths.tsv.gz", index=False, sep="\t")
flat.to_parquet("paths.parquet", compression="snappy", index=False)

# The export of another system: its own names, amounts in major units, local times, numbers for flags.
berlin = datetime.timezone(datetime.timedelta(hours=1))
export = pandas.DataFrame(
    {
        "Txn-Ref": [m["id"] for m in MESSAGES],
        "KIND": [{"authorization": "AUTH", "refund": "CRED", "clearing": "PRES"}[m["type"]] for m in MESSAGES],
        "booked_at": [time_of(m).astimezone(berlin).strftime("%Y-%m-%d %H:%M:%S.%f") for m in MESSAGES],
        "card": [m["card"]["token"] for m in MESSAGES],
        "debit_or_credit": [m["card"]["funding"] or "NULL" for m in MESSAGES],
        "amt": [str(major(m)) for m in MESSAGES],
        "ccy": [m["currency"] for m in MESSAGES],
        "mid": [m["merchant"]["id"] for m in MESSAGES],
        "shop": [m["merchant"]["name"] for m in MESSAGES],
        # As a float, since some are missing: 0742 becomes 742.0.
        "mcc": pandas.Series([m["merchant"]["mcc"] for m in MESSAGES]).astype("float"),
        "shop_country": [m["merchant"]["country"] for m in MESSAGES],
        "lat": [m["merchant"].get("latitude") for m in MESSAGES],
        "lon": [m["merchant"].get("longitude") for m in MESSAGES],
        "channel": [m["channel"] for m in MESSAGES],
        "present": pandas.Series([m["card_present"] for m in MESSAGES]).astype("boolean").astype("Int8"),
        "status": ["OK" if m["response"]["approved"] else "DECL" for m in MESSAGES],
        "code": pandas.Series([m["response"]["reason"] for m in MESSAGES]).astype("float"),
        "ref": [m["original_id"] for m in MESSAGES],
        "unused": "x",
    }
)
export.to_csv("export.csv", index=False, sep=";")


# Typed columns, nested as messages are.
def typed(unit, decimals):
    def of(message):
        nested = dict(message)
        nested["time"] = time_of(message)
        nested["amount"] = decimals(message)
        return nested

    merchant = pyarrow.struct(
        [
            ("id", pyarrow.string()),
            ("name", pyarrow.dictionary(pyarrow.int32(), pyarrow.string())),
            ("mcc", pyarrow.int16()),
            ("country", pyarrow.large_string()),
            ("latitude", pyarrow.float64()),
            ("longitude", pyarrow.float32()),
        ]
    )
    schema = pyarrow.schema(
        [
            pyarrow.field("id", pyarrow.string(), nullable=False),
            ("type", pyarrow.string()),
            ("time", pyarrow.timestamp(unit, tz="UTC")),
            ("card", pyarrow.struct([("token", pyarrow.binary()), ("funding", pyarrow.string())])),
            ("amount", pyarrow.decimal128(20, 3)),
            ("currency", pyarrow.string()),
            ("merchant", merchant),
            ("channel", pyarrow.string()),
            ("card_present", pyarrow.bool_()),
            ("response", pyarrow.struct([("approved", pyarrow.bool_()), ("reason", pyarrow.uint8())])),
            ("original_id", pyarrow.string()),
        ]
    )
    rows = [of(message) for message in MESSAGES]
    for row in rows:
        row["merchant"] = dict(row["merchant"], mcc=int(row["merchant"]["mcc"]) if row["merchant"]["mcc"] else None)
        reason = row["response"]["reason"]
        row["response"] = dict(row["response"], reason=int(reason) if reason else None)
        row["card"] = dict(row["card"], token=row["card"]["token"].encode())
    columns = {field.name: [row[field.name] for row in rows] for field in schema}
    arrays = [
        pyarrow.array([None if v is None else v for v in columns[field.name]], type=plain(field.type)).cast(field.type)
        if not pyarrow.types.is_struct(field.type)
        else struct(columns[field.name], field.type)
        for field in schema
    ]
    return pyarrow.Table.from_arrays(arrays, schema=schema)


def plain(kind):
    return pyarrow.string() if pyarrow.types.is_dictionary(kind) else kind


def struct(values, kind):
    children = [
        pyarrow.array([value.get(field.name) for value in values], type=plain(field.type)).cast(field.type)
        for field in kind
    ]
    return pyarrow.StructArray.from_arrays(children, fields=list(kind))


nanoseconds = typed("ns", major)
pyarrow.parquet.write_table(nanoseconds, "nested.parquet", compression="zstd", row_group_size=50)
pyarrow.parquet.write_table(
    typed("us", major), "old.parquet", compression="gzip", version="1.0", use_deprecated_int96_timestamps=True,
    store_decimal_as_integer=True, use_dictionary=False,
)

# Amounts as doubles and times as milliseconds without a zone.
doubles = flat.assign(
    amount=[float(major(m)) for m in MESSAGES],
    time=pandas.to_datetime(flat["time"]).dt.tz_localize(None).astype("datetime64[ms]"),
)
doubles.to_parquet("doubles.parquet", compression=None, index=False)

# Labels.
LABELS = [
    {
        "transaction_id": m["id"],
        "card": {"token": m["card"]["token"]},
        "label": "fraud" if n % 3 else "genuine",
        "kind": "lost_or_stolen" if n % 3 == 1 else None,
        "known_at": rfc3339(time_of(m) + datetime.timedelta(hours=5)),
    }
    for n, m in enumerate(MESSAGES)
    if n % 4 == 0 and m["type"] == "authorization"
]
with open("labels.jsonl", "w") as lines:
    for label in LABELS:
        lines.write(json.dumps(without_nulls(label)) + "\n")
pandas.json_normalize(LABELS).to_csv("labels.csv", index=False)
pandas.DataFrame(
    {
        "txn": [label["transaction_id"] for label in LABELS],
        "card": [label["card"]["token"] for label in LABELS],
        "is_fraud": [label["label"] == "fraud" for label in LABELS],
        "type": [label["kind"] for label in LABELS],
        "reported": pandas.to_datetime([label["known_at"] for label in LABELS]),
    }
).to_parquet("chargebacks.parquet", index=False)
