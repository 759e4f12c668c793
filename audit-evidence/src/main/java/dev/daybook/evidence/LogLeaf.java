package dev.daybook.evidence;

import org.jspecify.annotations.Nullable;

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
    public sealed interface Content
            permits Beginning, Segments, Heartbeat, Coverage, Verification {}

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

    /**
     * Says that the sealer was there, and until when each source was complete.
     *
     * @param complete by source; one of which nothing is known yet is left out
     */
    public record Heartbeat(List<Complete> complete) implements Content {}

    /**
     * Says that everything that a source committed until then is in the segments before the leaf.
     *
     * @param until in microseconds since 1970
     * @param position the source's, of the heartbeat that said so
     */
    public record Complete(String source, long until, @Nullable String position) {}

    /**
     * Lists what of the audit database guards the log: triggers, rules, policies, functions,
     * owners, grants.
     */
    public record Coverage(List<String> lines) implements Content {}

    /**
     * Says what the sealer found when it compared the log with the audit database.
     *
     * @param outcome one word
     * @param leaves how many leaves the log had
     * @param rows how many rows were compared
     * @param findings how much was broken
     */
    public record Verification(String outcome, long leaves, long rows, long findings)
            implements Content {}

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
        } else if (content instanceof Heartbeat heartbeat) {
            out.list(
                    heartbeat.complete,
                    (to, of) -> to.text(of.source).number(of.until).optionalText(of.position));
        } else if (content instanceof Verification verification) {
            out.text(verification.outcome)
                    .number(verification.leaves)
                    .number(verification.rows)
                    .number(verification.findings);
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
        } else if (content instanceof Verification) {
            return "verification";
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
                    case "verification" ->
                            new Verification(in.text(), in.number(), in.number(), in.number());
                    case "heartbeat" ->
                            new Heartbeat(
                                    in.list(
                                            of ->
                                                    new Complete(
                                                            of.text(),
                                                            of.number(),
                                                            of.optionalText())));
                    default ->
                            throw new InvalidEvidenceException(
                                    "'" + kind + "' is no kind of leaf that is known here.");
                };
        in.end();
        return new LogLeaf(at, content);
    }
}
