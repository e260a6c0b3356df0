"""The journal: an append-only file of checksummed records, and a query index that follows it.

The router writes what it decides here before it acts. `JournalWriter` appends and commits, `read`,
`verify` and `JournalTail` read, `JournalIndex` keeps SQLite tables for queries that can be thrown
away and rebuilt. The file format stands in `engine.journal.record`.
"""

from engine.journal.chain import Chain, verify
from engine.journal.file import JournalFile
from engine.journal.index import IndexFailed, IndexReader, JournalIndex
from engine.journal.reader import JournalTail, Mark, Recovery, Verification, read
from engine.journal.record import (
    FRAME_BYTES,
    HEADER_BYTES,
    RECORD_BYTES_MAX,
    JournalHeader,
    Record,
    decode_header,
    encode_header,
    encode_record,
)
from engine.journal.recover import Opened
from engine.journal.scan import End, Reason, Scan, Scanner, scan
from engine.journal.schema import Row, Table
from engine.journal.writer import BATCH_BYTES_MAX, Durability, JournalWriter, SyncTimes

__all__ = [
    "BATCH_BYTES_MAX",
    "FRAME_BYTES",
    "HEADER_BYTES",
    "RECORD_BYTES_MAX",
    "Chain",
    "Durability",
    "End",
    "IndexFailed",
    "IndexReader",
    "JournalFile",
    "JournalHeader",
    "JournalIndex",
    "JournalTail",
    "JournalWriter",
    "Mark",
    "Opened",
    "Reason",
    "Record",
    "Recovery",
    "Row",
    "Scan",
    "Scanner",
    "SyncTimes",
    "Table",
    "Verification",
    "decode_header",
    "encode_header",
    "encode_record",
    "read",
    "scan",
    "verify",
]
