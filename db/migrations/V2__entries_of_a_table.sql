-- Serves: the newest entries of one table, and those of a period, in the order in which they are
-- served. Without it a table that rarely changes is looked for among the entries of all others.
-- While it is built, the sink waits; reading goes on.
CREATE INDEX entry_table ON audit.entry (table_name, committed_at, id);
