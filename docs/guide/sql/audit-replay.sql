-- Sends the sink back to an earlier offset of its topic. Run on: audit, as its administrator.

-- snippet:begin replay
UPDATE audit.sink_offset SET next_offset = 0
WHERE sink = 'daybook-dev-sink' AND topic = 'entries' AND partition = 0;
-- snippet:end replay
