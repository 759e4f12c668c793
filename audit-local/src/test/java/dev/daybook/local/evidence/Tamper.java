package dev.daybook.local.evidence;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * What a superuser does to the audit database, each at a random place. What is done in one
 * transaction by the same {@link Draw} touches different places.
 */
enum Tamper {
    VALUE {
        @Override
        String commit(Statement sql, Draw draw) throws SQLException {
            return change(sql, draw, "after = replace(after::text, 'name', 'nome')::json");
        }
    },
    BYTE_OF_A_KEY {
        @Override
        String commit(Statement sql, Draw draw) throws SQLException {
            return change(
                    sql,
                    draw,
                    "entity_key = overlay(entity_key placing chr((ascii(entity_key) - 47) % 10 + 48) from 1 for 1)");
        }
    },
    ANOTHER_COLUMN {
        @Override
        String commit(Statement sql, Draw draw) throws SQLException {
            List<String> changes =
                    List.of(
                            "source = source || 'x'",
                            "table_name = 'public.u'",
                            "operation = 'update'",
                            "transaction_id = transaction_id + 1",
                            "sequence = sequence + 1",
                            "position = position || '0'",
                            "unknown_columns = '{name}'",
                            "actor = 'mallory'",
                            "old_entity_key = '1'",
                            "before = after",
                            "after = NULL",
                            "after = replace(after::text, '0}', '00}')::json",
                            "committed_at = committed_at - interval '1 microsecond'",
                            "source_committed_at = committed_at",
                            "seed = NULL",
                            "seed = set_byte(seed, 5, get_byte(seed, 5) # 1)");
            return change(sql, draw, changes.get(draw.below(changes.size())));
        }
    },
    SEED {
        @Override
        String commit(Statement sql, Draw draw) throws SQLException {
            int at = draw.below(16);
            return change(
                    sql,
                    draw,
                    "seed = set_byte(seed, %1$d, get_byte(seed, %1$d) # 1)".formatted(at));
        }
    },
    ACTOR_OF_A_TRANSACTION {
        @Override
        String commit(Statement sql, Draw draw) throws SQLException {
            List<String> changes =
                    List.of(
                            "actor = 'someone'",
                            "actor = NULL",
                            "reason = 'another'",
                            "request_id = '7'",
                            "attributes = '{}'",
                            "login_role = 'nobody'");
            String id = transaction(sql, draw);
            unlocked(
                    sql,
                    "audit.transaction",
                    "UPDATE audit.transaction SET "
                            + changes.get(draw.below(changes.size()))
                            + " WHERE transaction_id = "
                            + id);
            return "altered: transaction " + id + " of ";
        }
    },
    ROW_REMOVED {
        @Override
        String commit(Statement sql, Draw draw) throws SQLException {
            String where = "id = '" + entry(sql, draw) + "'";
            String gone = gone(sql, "audit.entry", where);
            unlocked(sql, "audit.entry", "DELETE FROM audit.entry WHERE " + where);
            return gone;
        }
    },
    CONTEXT_REMOVED {
        @Override
        String commit(Statement sql, Draw draw) throws SQLException {
            String where = "transaction_id = " + transaction(sql, draw);
            String gone = gone(sql, "audit.transaction", where);
            unlocked(sql, "audit.transaction", "DELETE FROM audit.transaction WHERE " + where);
            return gone;
        }
    },
    ROW_ADDED_WITHOUT_A_PLACE {
        @Override
        String commit(Statement sql, Draw draw) throws SQLException {
            copied(sql, draw, "NULL::bigint");
            return "1 rows of audit.entry";
        }
    },
    ROW_ADDED_BEHIND {
        @Override
        String commit(Statement sql, Draw draw) throws SQLException {
            return copied(sql, draw, "place + (1::bigint << 40)");
        }
    },
    ROW_ADDED_IN_ANOTHER_STREAM {
        @Override
        String commit(Statement sql, Draw draw) throws SQLException {
            return copied(sql, draw, "place + (77::bigint << 44)");
        }
    },
    ROW_DOUBLED {
        @Override
        String commit(Statement sql, Draw draw) throws SQLException {
            String id = copied(sql, draw, "place");
            return "another row has its place, "
                    + one(
                            sql,
                            "SELECT 'stream ' || (place >> 44) || ', offset ' || (place & ((1::bigint << 44) - 1))"
                                    + " FROM audit.entry WHERE id = '"
                                    + id
                                    + "'");
        }
    },
    ROWS_SWAPPED {
        @Override
        String commit(Statement sql, Draw draw) throws SQLException {
            String id = entry(sql, draw);
            String other = entry(sql, draw);
            while (other.equals(id)) {
                other = entry(sql, draw);
            }
            unlocked(
                    sql,
                    "audit.entry",
                    """
                    UPDATE audit.entry AS one SET place = other.place, seed = other.seed
                    FROM (SELECT id, place, seed FROM audit.entry WHERE id IN ('%1$s', '%2$s')) AS other
                    WHERE one.id IN ('%1$s', '%2$s') AND other.id <> one.id"""
                            .formatted(id, other));
            return id;
        }
    },
    VALUE_OF_ANOTHER_ROW {
        @Override
        String commit(Statement sql, Draw draw) throws SQLException {
            String id = entry(sql, draw);
            unlocked(
                    sql,
                    "audit.entry",
                    """
                    UPDATE audit.entry AS one SET after = other.after
                    FROM (SELECT after FROM audit.entry WHERE id <> '%1$s' AND operation = 'insert' LIMIT 1) AS other
                    WHERE one.id = '%1$s'"""
                            .formatted(id));
            return id;
        }
    },
    SEGMENT_CHANGED {
        @Override
        String commit(Statement sql, Draw draw) throws SQLException {
            String segment = segment(sql, draw);
            unlocked(
                    sql,
                    "audit.segment",
                    "UPDATE audit.segment SET content = set_byte(content, 60, get_byte(content, 60) # 1) WHERE (stream, first_offset) = ("
                            + segment
                            + ")");
            return "altered: " + named(sql, segment);
        }
    },
    SEGMENT_REMOVED {
        @Override
        String commit(Statement sql, Draw draw) throws SQLException {
            String segment = segment(sql, draw);
            String named = named(sql, segment);
            unlocked(
                    sql,
                    "audit.segment",
                    "DELETE FROM audit.segment WHERE (stream, first_offset) = (" + segment + ")");
            return "removed: " + named;
        }
    },
    SEGMENT_ADDED {
        @Override
        String commit(Statement sql, Draw draw) throws SQLException {
            String segment = segment(sql, draw);
            sql.execute(
                    "INSERT INTO audit.segment SELECT stream, 7, first_offset, next_offset, content FROM audit.segment WHERE (stream, first_offset) = ("
                            + segment
                            + ")");
            return "inserted: segment of stream " + segment.replace(", ", ", offset ") + ", part 7";
        }
    },
    SEGMENT_AND_ITS_ROWS_REMOVED {
        @Override
        String commit(Statement sql, Draw draw) throws SQLException {
            String segment = segment(sql, draw);
            String named = named(sql, segment);
            String places =
                    " WHERE EXISTS (SELECT FROM audit.segment AS s WHERE (s.stream, s.first_offset) = ("
                            + segment
                            + ") AND place >= (s.stream::bigint << 44) + s.first_offset"
                            + " AND place < (s.stream::bigint << 44) + s.next_offset)";
            unlockedIfAny(sql, "audit.entry", "DELETE FROM audit.entry" + places);
            unlockedIfAny(sql, "audit.transaction", "DELETE FROM audit.transaction" + places);
            unlocked(
                    sql,
                    "audit.segment",
                    "DELETE FROM audit.segment WHERE (stream, first_offset) = (" + segment + ")");
            return "removed: " + named;
        }
    },
    STREAM_CHANGED {
        @Override
        String commit(Statement sql, Draw draw) throws SQLException {
            unlocked(
                    sql,
                    "audit.stream",
                    "UPDATE audit.stream SET "
                            + List.of("first_offset = first_offset + 1", "sink = 'other'")
                                    .get(draw.below(2))
                            + " WHERE number = 1");
            return "stream 1";
        }
    },
    OFFSET_AHEAD {
        @Override
        String commit(Statement sql, Draw draw) throws SQLException {
            return offset(sql, draw, "next_offset + 5");
        }
    },
    OFFSET_BACK {
        @Override
        String commit(Statement sql, Draw draw) throws SQLException {
            return offset(sql, draw, "0");
        }
    },
    WATERMARK_AHEAD {
        @Override
        String commit(Statement sql, Draw draw) throws SQLException {
            sql.execute(
                    "UPDATE audit.watermark SET complete_until = complete_until + interval '1 hour'");
            return "ahead: source ";
        }
    },
    PARTITION_DETACHED {
        @Override
        String commit(Statement sql, Draw draw) throws SQLException {
            sql.execute("ALTER TABLE audit.entry DETACH PARTITION " + month(sql));
            return "it was sealed and is gone";
        }
    },
    PARTITION_DROPPED {
        @Override
        String commit(Statement sql, Draw draw) throws SQLException {
            sql.execute("DROP TABLE " + month(sql));
            return "it was sealed and is gone";
        }
    },
    HIDDEN_BY_A_POLICY {
        @Override
        String commit(Statement sql, Draw draw) throws SQLException {
            String id = entry(sql, draw);
            String gone = gone(sql, "audit.entry", "id = '" + id + "'");
            sql.execute("CREATE POLICY hide ON audit.entry FOR SELECT USING (id <> '" + id + "')");
            sql.execute("ALTER TABLE audit.entry ENABLE ROW LEVEL SECURITY");
            return gone;
        }
    },
    HIDDEN_BY_A_VIEW_IN_ITS_PLACE {
        @Override
        String commit(Statement sql, Draw draw) throws SQLException {
            String id = entry(sql, draw);
            String gone = gone(sql, "audit.entry", "id = '" + id + "'");
            sql.execute("ALTER TABLE audit.entry RENAME TO hidden");
            sql.execute(
                    "CREATE VIEW audit.entry AS SELECT * FROM audit.hidden WHERE id <> '"
                            + id
                            + "'");
            sql.execute("GRANT SELECT ON audit.entry TO daybook_reader");
            return gone;
        }
    },
    OLDER_BACKUP {
        @Override
        String commit(Statement sql, Draw draw) throws SQLException {
            // What was stored from one transaction of the sink on is gone, as after a restore.
            String since =
                    one(
                            sql,
                            "SELECT xmin FROM audit.segment WHERE (stream, first_offset) = ("
                                    + segment(sql, draw)
                                    + ")");
            for (String table :
                    List.of(
                            "audit.entry",
                            "audit.transaction",
                            "audit.rejected",
                            "audit.segment")) {
                unlockedIfAny(
                        sql,
                        table,
                        "DELETE FROM " + table + " WHERE xmin::text::bigint >= " + since);
            }
            sql.execute(
                    """
                    UPDATE audit.sink_offset AS o SET next_offset = coalesce((
                      SELECT max(segment.next_offset) FROM audit.segment JOIN audit.stream ON number = stream
                      WHERE stream.topic = o.topic AND stream.partition = o.partition), 0)""");
            return "its row is gone";
        }
    };

    /** What is so large that nothing else can be named beside it. */
    static final Set<Tamper> ALONE =
            EnumSet.of(
                    SEGMENT_AND_ITS_ROWS_REMOVED,
                    STREAM_CHANGED,
                    PARTITION_DETACHED,
                    PARTITION_DROPPED,
                    HIDDEN_BY_A_POLICY,
                    HIDDEN_BY_A_VIEW_IN_ITS_PLACE,
                    OLDER_BACKUP);

    /** What is named by how many there are, or of which there are few places. */
    private static final Set<Tamper> ONCE =
            EnumSet.of(ROW_ADDED_WITHOUT_A_PLACE, OFFSET_AHEAD, OFFSET_BACK, WATERMARK_AHEAD);

    /** Returns whether it can be done again beside itself. */
    boolean isRepeatable() {
        return !ONCE.contains(this);
    }

    /** Does it in the open transaction; returns what a finding must name. */
    abstract String commit(Statement sql, Draw draw) throws SQLException;

    private static String change(Statement sql, Draw draw, String assignment) throws SQLException {
        String id = entry(sql, draw);
        unlocked(
                sql,
                "audit.entry",
                "UPDATE audit.entry SET " + assignment + " WHERE id = '" + id + "'");
        return id;
    }

    private static String entry(Statement sql, Draw draw) throws SQLException {
        return draw.oneOf(sql, "SELECT id::text AS it FROM audit.entry WHERE operation = 'insert'");
    }

    private static String transaction(Statement sql, Draw draw) throws SQLException {
        return draw.oneOf(sql, "SELECT transaction_id AS it FROM audit.transaction");
    }

    private static String segment(Statement sql, Draw draw) throws SQLException {
        return draw.oneOf(
                sql, "SELECT DISTINCT stream || ', ' || first_offset AS it FROM audit.segment");
    }

    /** Sets the stored offset of a partition that has segments. */
    private static String offset(Statement sql, Draw draw, String to) throws SQLException {
        String partition =
                draw.oneOf(
                        sql,
                        """
                        SELECT DISTINCT topic || '-' || partition AS it FROM audit.sink_offset
                        JOIN audit.stream USING (sink, topic, partition) JOIN audit.segment ON stream = number
                        WHERE sink_offset.next_offset > 0""");
        sql.execute(
                "UPDATE audit.sink_offset SET next_offset = "
                        + to
                        + " WHERE topic || '-' || partition = '"
                        + partition
                        + "'");
        return "offset: " + partition + " of ";
    }

    /** Returns how a row is named when it is gone. */
    private static String gone(Statement sql, String table, String condition) throws SQLException {
        return one(
                sql,
                """
                SELECT 'removed: row of ' || topic || '-' || partition || ', offset ' || (place & ((1::bigint << 44) - 1))
                  || ': '
                FROM %s JOIN audit.stream ON number = place >> 44 WHERE %s"""
                        .formatted(table, condition));
    }

    /** Returns how a segment is named. */
    private static String named(Statement sql, String segment) throws SQLException {
        return one(
                sql,
                """
                SELECT 'segment ' || topic || '-' || partition || ' of ' || sink || ', generation ' || generation
                  || ', offsets ' || segment.first_offset || ' to ' || next_offset - 1
                FROM audit.segment JOIN audit.stream ON number = stream
                WHERE (stream, segment.first_offset) = (%s) LIMIT 1"""
                        .formatted(segment));
    }

    private static String month(Statement sql) throws SQLException {
        return one(sql, "SELECT tableoid::regclass FROM audit.entry LIMIT 1");
    }

    private static String copied(Statement sql, Draw draw, String place) throws SQLException {
        String id = entry(sql, draw);
        String added =
                one(
                        sql,
                        """
                INSERT INTO audit.entry (id, committed_at, source, table_name, entity_key, operation, transaction_id,
                  sequence, position, after, place, seed)
                SELECT (left(id::text, 35) || CASE right(id::text, 1) WHEN '0' THEN '1' ELSE '0' END)::uuid, committed_at,
                  source, table_name, entity_key, operation, transaction_id, sequence, position, after, %s, seed
                FROM audit.entry WHERE id = '%s' RETURNING id"""
                                .formatted(place, id));
        draw.leaveOut(added);
        return added;
    }

    /** Changes rows of an append-only table, with its triggers off and on again. */
    static void unlocked(Statement sql, String table, String change) throws SQLException {
        assertThat(unlockedIfAny(sql, table, change)).as(change).isGreaterThan(0);
    }

    private static int unlockedIfAny(Statement sql, String table, String change)
            throws SQLException {
        sql.execute("SET LOCAL session_replication_role = replica");
        triggers(sql, table, "DISABLE TRIGGER append_only");
        int changed = sql.executeUpdate(change);
        triggers(sql, table, "ENABLE ALWAYS TRIGGER append_only");
        return changed;
    }

    private static void triggers(Statement sql, String table, String what) throws SQLException {
        String months =
                one(
                        sql,
                        "SELECT string_agg(oid::regclass::text, ' ') FROM pg_class WHERE oid = '"
                                + table
                                + "'::regclass OR oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = '"
                                + table
                                + "'::regclass)");
        for (String month : months.split(" ")) {
            sql.execute("ALTER TABLE " + month + " " + what);
        }
    }

    static String one(Statement sql, String query) throws SQLException {
        try (ResultSet row = sql.executeQuery(query)) {
            assertThat(row.next()).as(query).isTrue();
            return row.getString(1);
        }
    }
}
