-- Run on: source, as its administrator, after prepare.sql.

-- snippet:begin identity
SELECT daybook.configure(tables => 'public.*', full_identity => 'public.*');
SELECT table_name, outcome, ok FROM daybook.align();
-- snippet:end identity
