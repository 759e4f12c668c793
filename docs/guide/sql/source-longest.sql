-- Run on: source, once for each LOB column. It reads the whole table.

-- snippet:begin longest
SELECT pg_size_pretty(max(octet_length(note))::bigint) AS longest FROM public.customers;
-- snippet:end longest
