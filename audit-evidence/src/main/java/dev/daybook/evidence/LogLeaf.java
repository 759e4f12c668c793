package dev.daybook.evidence;

import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A leaf of the installation's log.
 *
 * @param at the sealer's clock, in microseconds since 1970
 */
public record LogLeaf(long at, Content content) {

    private static final byte[] BEGINNING = "daybook/log/v1".getBytes(StandardCharsets.US_ASCII);

    /** The most bytes that a leaf has: what C2SP tlog-tiles can carry. */
    public static final int LARGEST = 65_535;

    /** What a leaf says. */
    public sealed interface Content permits Beginning, Segments, Heartbeat, Coverage {}

    /**
     * Begins the log.
     *
     * @param key the verifier key that its checkpoints are signed with
     * @param earlier how many rows of each table were stored before anything was sealed
     */
    public record Beginning(String key, List<Earlier> earlier) implements Content {}

    /** How many rows a table had that are in no segment. */
    public record Earlier(String table, long rows) {}

    /** Lists what sinks have stored: the bytes of segments. */
    public record Segments(List<byte[]> segments) implements Content {}

    /** Says that the sealer was there, and nothing had come. */
    public record Heartbeat() implements Content {}

    /**
     * Lists what of the audit database guards the log: triggers, rules, policies, functions,
     * owners, grants.
     */
    public record Coverage(List<String> lines) implements Content {}

    /** Returns the leaf's data. */
    public byte[] toBytes() {
        FieldWriter out = new FieldWriter().raw(BEGINNING).number(at).text(kind());
        if (content instanceof Beginning beginning) {
            out.text(beginning.key)
                    .list(beginning.earlier, (to, of) -> to.text(of.table).number(of.rows));
        } else if (content instanceof Segments segments) {
            out.list(segments.segments, FieldWriter::bytes);
        } else if (content instanceof Coverage coverage) {
            out.list(coverage.lines, FieldWriter::text);
        }
        return out.toBytes();
    }

    /** Returns the word for the kind of content. */
    public String kind() {
        if (content instanceof Beginning) {
            return "beginning";
        } else if (content instanceof Segments) {
            return "segments";
        } else if (content instanceof Coverage) {
            return "coverage";
        }
        return "heartbeat";
    }

    /** Reads what {@link #toBytes} wrote. */
    public static LogLeaf parse(byte[] bytes) {
        FieldReader in = new FieldReader(bytes);
        in.require(BEGINNING);
        long at = in.number();
        String kind = in.text();
        Content content =
                switch (kind) {
                    case "beginning" ->
                            new Beginning(
                                    in.text(), in.list(of -> new Earlier(of.text(), of.number())));
                    case "segments" -> new Segments(in.list(FieldReader::bytes));
                    case "coverage" -> new Coverage(in.list(FieldReader::text));
                    case "heartbeat" -> new Heartbeat();
                    default ->
                            throw new InvalidEvidenceException(
                                    "'" + kind + "' is no kind of leaf that is known here.");
                };
        in.end();
        return new LogLeaf(at, content);
    }
}
