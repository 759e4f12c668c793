-- What becomes of a table is in the log too: created, altered, renamed, dropped.

SET LOCAL ROLE daybook_owner;

-- Holds for what is there, since the former condition was narrower: no row needs to be looked at.
ALTER TABLE audit.entry DROP CONSTRAINT entry_operation;
ALTER TABLE audit.entry ADD CONSTRAINT entry_operation
    CHECK (operation IN ('snapshot', 'insert', 'update', 'delete', 'truncate', 'table-change')) NOT VALID;

-- Serves: what happened to a table as a whole, for its own history and for that of each of its rows.
-- While it is built, the sink waits; reading goes on.
CREATE INDEX entry_table_change ON audit.entry (table_name, committed_at)
    WHERE operation IN ('truncate', 'table-change');
DROP INDEX audit.entry_truncation;

RESET ROLE;
