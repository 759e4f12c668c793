-- Up to where each source has been read, as its capture's records say one after the other.

SET LOCAL ROLE daybook_owner;

CREATE TABLE audit.read_until (
    source            text COLLATE "C" NOT NULL,
    changes_partition integer NOT NULL,
    entries_partition integer NOT NULL,
    read_until        text COLLATE "C" NOT NULL CHECK (read_until ~ '^[0-9A-F]{8}/[0-9A-F]{8}$'),
    PRIMARY KEY (source, changes_partition, entries_partition)
) WITH (fillfactor = 50);

COMMENT ON TABLE audit.read_until IS
    'Per source and pair of partitions: the position in the source''s write-ahead log up to which everything came.';

GRANT SELECT, INSERT, UPDATE ON audit.read_until TO daybook_writer;
GRANT SELECT ON audit.read_until TO daybook_reader;

RESET ROLE;
