-- Gaps that the source or the ingest has found: of a table, with positions, and closed later.

SET LOCAL ROLE daybook_owner;

ALTER TABLE audit.gap
    ADD COLUMN table_name text COLLATE "C",
    ADD COLUMN from_position text COLLATE "C",
    ADD COLUMN to_position text COLLATE "C";

COMMENT ON COLUMN audit.gap.table_name IS 'The table whose changes may be missing; null: any of the source.';

-- A gap that was found open is recorded again, under its id, once it has an end.
ALTER TABLE audit.gap DROP CONSTRAINT gap_id_source_key;
ALTER TABLE audit.gap ADD UNIQUE NULLS NOT DISTINCT (id, source, to_time);

-- Each gap once: with its end, where it has one.
CREATE VIEW audit.known_gap AS
SELECT DISTINCT ON (id, source) *
FROM audit.gap
ORDER BY id, source, to_time NULLS LAST;

COMMENT ON VIEW audit.known_gap IS 'The gaps, each once: one that was found open and closed since has its end.';

GRANT SELECT ON audit.known_gap TO daybook_reader;

RESET ROLE;
