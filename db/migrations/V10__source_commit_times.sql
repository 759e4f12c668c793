-- When a change was committed by the source's own clock, where the log's time is another.

SET LOCAL ROLE daybook_owner;

ALTER TABLE audit.entry ADD COLUMN source_committed_at timestamptz;

COMMENT ON COLUMN audit.entry.source_committed_at IS
    'The source''s own commit time, where committed_at is later to keep the order of its write-ahead log; else null.';

RESET ROLE;
