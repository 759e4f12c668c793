package dev.daybook.connect.source;

import dev.daybook.source.TablePatterns;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What Jazzer calls with a stream of messages: the reader makes records of each, or says with
 * SQLSTATE 08P01 that it is none of pgoutput's.
 *
 * <p>A stream is a row of messages, each behind its length in two bytes.
 */
public final class PgOutputFuzzer {

    private static final int HEADER = 25;

    private static final WalSourceConfig CONFIG =
            new WalSourceConfig(
                    Map.of(
                            "database.url",
                            "jdbc:postgresql://localhost/none",
                            "source.name",
                            "fuzzed",
                            "max.value.bytes",
                            "1024",
                            "max.record.bytes",
                            "65536"));

    private PgOutputFuzzer() {}

    public static void fuzzerTestOneInput(byte[] stream) {
        RejectionWriter rejections = new RejectionWriter(CONFIG, Clock.systemUTC());
        PgOutputReader reader =
                new PgOutputReader(
                        new ChangeWriter(CONFIG, Clock.systemUTC(), rejections),
                        new ControlWriter(CONFIG, Clock.systemUTC()),
                        rejections,
                        new NoDatabase(),
                        TablePatterns.parse("!public.left_out"),
                        new CommitClock((lsn, micros) -> {}));
        RecordBatch batch = new RecordBatch(new Chunk(), Map.of(), Map.of());
        ByteBuffer in = ByteBuffer.wrap(stream);
        while (in.remaining() > 2) {
            int length = Math.min(Short.toUnsignedInt(in.getShort()), in.remaining());
            byte[] message = new byte[HEADER + length];
            message[0] = 'w';
            in.get(message, HEADER, length);
            try {
                reader.read(message, batch);
            } catch (SQLException e) {
                if (!"08P01".equals(e.getSQLState())) {
                    throw new AssertionError(e);
                }
            }
        }
    }

    /** Knows of a table what its stream says. */
    private static final class NoDatabase implements StreamCatalog {

        @Override
        public TableShape shape(Relation relation, long lsn) {
            List<TableShape.Column> columns = new ArrayList<>();
            List<Integer> key = new ArrayList<>();
            for (int i = 0; i < relation.names().length; i++) {
                int type = relation.types()[i];
                boolean flagged = relation.flagged()[i];
                columns.add(
                        new TableShape.Column(
                                relation.names()[i],
                                ValueKind.of(type),
                                "type " + type,
                                ValueKind.dmsWord(type),
                                true,
                                flagged || relation.identity() == 'f'));
                if (flagged) {
                    key.add(i);
                }
            }
            return new TableShape(
                    relation.id(),
                    relation.schema(),
                    relation.table(),
                    columns,
                    key.stream().mapToInt(Integer::intValue).toArray());
        }

        @Override
        public String text(byte[] bytes) {
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }

    /** Writes streams that PostgreSQL could send, for the fuzzer to begin with. */
    static void writeSeeds(Path directory) throws IOException {
        byte[] table =
                message(
                        'R',
                        out -> {
                            out.writeInt(1);
                            text(out, "public");
                            text(out, "t");
                            out.write('d');
                            out.writeShort(3);
                            column(out, 1, "id", 23);
                            column(out, 0, "v", 25);
                            column(out, 0, "at", 1184);
                        });
        byte[] begin =
                message(
                        'B',
                        out -> {
                            out.writeLong(1);
                            out.writeLong(2);
                            out.writeInt(3);
                        });
        byte[] insert =
                message(
                        'I',
                        out -> {
                            out.writeInt(1);
                            out.write('N');
                            row(out, "1", "a", "2026-01-01 00:00:00+00");
                        });
        byte[] update =
                message(
                        'U',
                        out -> {
                            out.writeInt(1);
                            out.write('O');
                            row(out, "1", null, "infinity");
                            out.write('N');
                            row(out, "2", "é\"\\", "0044-03-15 00:00:00+00 BC");
                        });
        byte[] delete =
                message(
                        'D',
                        out -> {
                            out.writeInt(1);
                            out.write('K');
                            row(out, "1", "", null);
                        });
        byte[] large =
                message(
                        'I',
                        out -> {
                            out.writeInt(1);
                            out.write('N');
                            out.writeShort(3);
                            out.write('L');
                            out.writeInt(1 << 30);
                            out.write('n');
                            out.write('L');
                            out.writeInt(1 << 20);
                        });
        byte[] truncate =
                message(
                        'T',
                        out -> {
                            out.writeInt(1);
                            out.write(0);
                            out.writeInt(1);
                        });
        byte[] context =
                message(
                        'M',
                        out -> {
                            out.write(1);
                            out.writeLong(4);
                            text(out, "daybook");
                            byte[] json = "{\"actor\":\"anna\"}".getBytes(StandardCharsets.UTF_8);
                            out.writeInt(json.length);
                            out.write(json);
                        });
        byte[] commit =
                message(
                        'C',
                        out -> {
                            out.write(0);
                            out.writeLong(1);
                            out.writeLong(5);
                            out.writeLong(2);
                        });
        int number = 0;
        for (byte[][] stream :
                new byte[][][] {
                    {begin, table, insert, update, delete, truncate, context, commit},
                    {begin, context, commit},
                    {table, insert},
                    {table, update, delete},
                    {table, truncate},
                    {table, large}
                }) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            for (byte[] message : stream) {
                bytes.write(message.length >> 8);
                bytes.write(message.length);
                bytes.write(message);
            }
            Files.write(directory.resolve("seed-" + number++), bytes.toByteArray());
        }
    }

    private interface Content {
        void write(DataOutputStream out) throws IOException;
    }

    private static byte[] message(char type, Content content) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.write(type);
        content.write(new DataOutputStream(bytes));
        return bytes.toByteArray();
    }

    private static void text(DataOutputStream out, String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.UTF_8));
        out.write(0);
    }

    private static void column(DataOutputStream out, int flags, String name, int type)
            throws IOException {
        out.write(flags);
        text(out, name);
        out.writeInt(type);
        out.writeInt(-1);
    }

    private static void row(DataOutputStream out, String... values) throws IOException {
        out.writeShort(values.length);
        for (String value : values) {
            if (value == null) {
                out.write('n');
            } else {
                byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
                out.write('t');
                out.writeInt(bytes.length);
                out.write(bytes);
            }
        }
    }
}
