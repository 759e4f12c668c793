package dev.daybook.local.pipeline;

import java.util.HashMap;
import java.util.Map;

/** Sets up the two PostgreSQL servers for a machine that does other things as well. */
final class ServerSettings {

    private ServerSettings() {}

    static Map<String, String> audit() {
        Map<String, String> settings = both();
        settings.put("shared_buffers", "256MB");
        return settings;
    }

    static Map<String, String> source() {
        Map<String, String> settings = both();
        settings.put("wal_level", "logical");
        // A capture that stands still is not to fill the disk.
        settings.put("max_slot_wal_keep_size", "20GB");
        return settings;
    }

    private static Map<String, String> both() {
        Map<String, String> settings = new HashMap<>();
        settings.put("max_wal_size", "4GB");
        settings.put("checkpoint_timeout", "15min");
        settings.put("max_connections", "100");
        settings.put("timezone", "UTC");
        settings.put("log_timezone", "UTC");
        return settings;
    }
}
