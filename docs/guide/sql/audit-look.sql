-- What there is to see in the audit database. Reads only. Run on: audit, as daybook_reader.

-- snippet:begin newest
SELECT committed_at, recorded_at - committed_at AS took, table_name, entity_key, operation
FROM audit.entry ORDER BY committed_at DESC LIMIT 10;
-- snippet:end newest

-- snippet:begin why
SELECT e.committed_at, e.table_name, e.entity_key, e.operation, t.actor, t.reason
FROM audit.entry e
LEFT JOIN audit.transaction t USING (source, transaction_id, committed_at)
WHERE e.table_name = 'public.products' AND left(e.entity_key, 200) = left('TEA-01', 200) AND e.entity_key = 'TEA-01'
ORDER BY e.committed_at DESC, e.sequence DESC, e.id DESC LIMIT 5;
-- snippet:end why

-- snippet:begin rejected
SELECT stage, code, count(*), max(rejected_at) AS latest FROM audit.rejected GROUP BY stage, code ORDER BY 3 DESC;
-- snippet:end rejected

-- snippet:begin offsets
SELECT sink, topic, partition, next_offset FROM audit.sink_offset ORDER BY 1, 2, 3;
-- snippet:end offsets

-- snippet:begin watermark
SELECT source, min(complete_until) AS complete_until, count(*) AS pairs, max(changes_partitions * entries_partitions) AS of_pairs
FROM audit.watermark GROUP BY source;
-- snippet:end watermark

-- snippet:begin sizes
SELECT c.relname AS month, c.reltuples::bigint AS rows,
       pg_size_pretty(pg_table_size(c.oid)) AS heap, pg_size_pretty(pg_indexes_size(c.oid)) AS indexes,
       round(pg_total_relation_size(c.oid) / nullif(c.reltuples, 0)) AS bytes_a_row
FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid
WHERE inhparent = 'audit.entry'::regclass ORDER BY 1;
-- snippet:end sizes
