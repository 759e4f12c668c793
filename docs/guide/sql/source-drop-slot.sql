-- Run on: source, as its administrator. The slot's reader must have stopped.

-- snippet:begin drop
SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots
WHERE slot_name = 'the_slot_that_is_gone_for_good' AND NOT active;
-- snippet:end drop
