-- Images hold JSON as it came. JSON may say U+0000 and half surrogate pairs, which text cannot hold: a function that takes
-- such an image apart fails, whichever member it is asked for, and a question with it.

SET LOCAL ROLE daybook_owner;

CREATE FUNCTION audit.readable(image json) RETURNS json
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    -- Few images have an escape at all; to look for one costs a fifth of what the pattern does.
    SELECT CASE WHEN strpos(image::text, '\u') > 0 AND image::text ~ '\\u(?:0000|[dD][89a-fA-F])'
        THEN regexp_replace(image::text, '((?<!\\)(?:\\\\)*)\\u(0000|[dD][89a-fA-F][0-9a-fA-F]{2})', '\1\\ufffd\2', 'g')::json
        ELSE image END
$$;

COMMENT ON FUNCTION audit.readable(json) IS
    'An image in which each escape that text cannot hold is U+FFFD and its digits, so that it can be taken apart.';

CREATE OR REPLACE VIEW audit.keyless_table AS
WITH keyless AS MATERIALIZED (
    SELECT source, table_name, operation IN ('update', 'delete') AS changed,
        audit.readable(before) AS before, audit.readable(after) AS after
    FROM (SELECT * FROM audit.entry ORDER BY committed_at DESC, id DESC LIMIT 10000) AS latest
    WHERE entity_key IS NULL AND operation IN ('snapshot', 'insert', 'update', 'delete')
), found AS (
    SELECT source, table_name, count(*) AS entries, count(*) FILTER (WHERE changed) AS changes,
        count(*) FILTER (WHERE changed AND before IS NOT NULL) AS old_rows
    FROM keyless
    GROUP BY source, table_name
)
SELECT source, table_name, entries, changes, CASE WHEN cardinality(shared.names) < known.columns THEN shared.names
    ELSE '{}' END AS key_columns
FROM found
CROSS JOIN LATERAL (
    SELECT ARRAY(SELECT name FROM keyless CROSS JOIN json_object_keys(keyless.before) AS name
        WHERE keyless.source = found.source AND keyless.table_name = found.table_name AND changed
        GROUP BY name HAVING count(*) = found.old_rows ORDER BY name COLLATE "C") AS names) AS shared
CROSS JOIN LATERAL (
    SELECT count(DISTINCT name) AS columns FROM keyless CROSS JOIN json_object_keys(keyless.after) AS name
    WHERE keyless.source = found.source AND keyless.table_name = found.table_name) AS known;

REVOKE ALL ON FUNCTION audit.readable(json) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.readable(json) TO daybook_reader, daybook_writer;

RESET ROLE;
