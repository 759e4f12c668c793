-- Until when each source's log is complete, by one rule for whoever asks.

SET LOCAL ROLE daybook_owner;

-- Watermarks that cannot be so count as if they had not come: of partitions that are not there, or of a time more than
-- a minute ahead. Earlier versions stored such. What clocks may be apart does not make the answer lie in the future.
CREATE VIEW audit.completeness AS
SELECT source,
    CASE WHEN count(*) >= max(changes_partitions::bigint * entries_partitions)
        THEN least(min(complete_until), now()) END AS complete_until
FROM audit.watermark
WHERE changes_partition BETWEEN 0 AND changes_partitions - 1
    AND entries_partition BETWEEN 0 AND entries_partitions - 1
    AND complete_until <= now() + interval '1 minute'
GROUP BY source;

COMMENT ON VIEW audit.completeness IS
    'Per source: every change committed up to then is in the log; null until every pair of partitions has reported.';

GRANT SELECT ON audit.completeness TO daybook_reader;

RESET ROLE;
