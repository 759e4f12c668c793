-- Run on: audit, as its administrator, who is a member of daybook_owner.

-- snippet:begin drop
SET ROLE daybook_owner;
SELECT * FROM audit.drop_partitions_before('2020-01-01');
SELECT dropped_at, dropped_by, table_name, range_from, range_to, row_count FROM audit.retention ORDER BY dropped_at;
RESET ROLE;
-- snippet:end drop
