-- What there is to see in a source. Reads only. Run on: source, as its administrator.

-- snippet:begin settings
SELECT name, setting FROM pg_settings
WHERE name IN ('wal_level', 'max_replication_slots', 'max_wal_senders', 'wal_sender_timeout', 'max_slot_wal_keep_size')
ORDER BY name;
-- snippet:end settings

-- snippet:begin slots
SELECT slot_name, plugin, active, wal_status,
       pg_size_pretty(pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn)) AS behind,
       pg_size_pretty(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)) AS kept
FROM pg_replication_slots
WHERE slot_type = 'logical' AND database = current_database();
-- snippet:end slots

-- snippet:begin long
SELECT pid, usename, now() - xact_start AS since, state, left(query, 60) AS query
FROM pg_stat_activity
WHERE xact_start < now() - interval '5 minutes' AND backend_type = 'client backend'
ORDER BY xact_start;
-- snippet:end long

-- snippet:begin tables
SELECT format('%I.%I', n.nspname, c.relname) AS table_name,
       daybook.key_of(c.oid) <> '{}' AS has_key,
       CASE c.relreplident WHEN 'd' THEN 'default' WHEN 'f' THEN 'full' WHEN 'i' THEN 'index' ELSE 'nothing' END
           AS replica_identity
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND c.relpersistence = 'p' AND NOT c.relispartition
  AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'daybook', 'daybook_dms')
ORDER BY 1;
-- snippet:end tables

-- snippet:begin columns
-- Columns that DMS treats in its own way: LOBs, which are limited, and numerics without a scale.
SELECT table_schema, table_name, column_name, data_type
FROM information_schema.columns
WHERE table_schema NOT IN ('pg_catalog', 'information_schema', 'daybook', 'daybook_dms')
  AND (data_type IN ('text', 'json', 'jsonb', 'bytea', 'xml', 'ARRAY')
       OR data_type = 'numeric' AND numeric_precision IS NULL)
ORDER BY 1, 2, ordinal_position;
-- snippet:end columns
