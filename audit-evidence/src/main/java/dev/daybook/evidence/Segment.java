package dev.daybook.evidence;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;

/**
 * Says what one transaction of a sink stored of one partition: of one month, since months are
 * removed whole.
 *
 * @param stream the number of sink, topic, partition and generation
 * @param generation begins anew where offsets do not follow those before
 * @param first the first offset
 * @param next the offset behind the last
 * @param part this segment's number among those of these offsets
 * @param parts how many segments these offsets have
 * @param month months since 1970 of the rows' commit times; -1 for rejected records, which have
 *     none
 * @param leaves how many rows were stored
 * @param root the root over their leaves, in the order of their offsets
 * @param sealedAt the sink's clock, in microseconds since 1970
 * @param account what else became of the offsets; with part 0 only
 */
public record Segment(
        long stream,
        String sink,
        String topic,
        long partition,
        long generation,
        long first,
        long next,
        long part,
        long parts,
        long month,
        long leaves,
        Hash root,
        long sealedAt,
        @Nullable Account account) {

    /**
     * The version of most segments, of those with links, and of those that were sealed as found.
     */
    private static final byte[] BEGINNING =
            "daybook/segment/v1".getBytes(StandardCharsets.US_ASCII);

    private static final byte[] BEGINNING_WITH_LINKS =
            "daybook/segment/v2".getBytes(StandardCharsets.US_ASCII);

    private static final byte[] BEGINNING_AS_FOUND =
            "daybook/segment/v3".getBytes(StandardCharsets.US_ASCII);

    /** The most leaves that a segment has. */
    public static final int MOST_LEAVES = 4_096;

    /**
     * Accounts for the offsets of a transaction, with all its parts.
     *
     * @param sources how many rows were stored of each source
     * @param duplicates how many records were stored before
     * @param duplicatesHash the hash of their offsets
     * @param rejected how many of the stored rows are rejected records
     * @param skipped how many offsets Kafka did not deliver, such as markers of transactions
     * @param watermarks what the records say of completeness, the latest of each pair of partitions
     * @param marks how many records were watermarks or reported gaps, which are no rows
     * @param gaps the ids of the gaps that were recorded
     * @param personal the columns that are configured as personal, as schema.table.column
     * @param links what of sources' write-ahead logs was read, those of a pair of partitions in
     *     their order
     * @param found the times of the rows, where they were stored before anything was sealed and are
     *     sealed as they were found; else null
     */
    public record Account(
            List<SourceCount> sources,
            long duplicates,
            Hash duplicatesHash,
            long rejected,
            long skipped,
            List<Watermark> watermarks,
            long marks,
            List<UUID> gaps,
            List<String> personal,
            List<Link> links,
            @Nullable Found found) {}

    /**
     * From when to when rows are that were sealed as found, in microseconds since 1970: their
     * commit times, or when they were rejected.
     */
    public record Found(long from, long to) {}

    /** How many rows of a source there are; the name is empty where it is not known. */
    public record SourceCount(String source, long rows) {}

    /** Says that a source is complete until then, as far as one pair of partitions can tell. */
    public record Watermark(
            String source,
            long changesPartition,
            long changesPartitions,
            long entriesPartition,
            long entriesPartitions,
            long completeUntil,
            @Nullable String position) {}

    /**
     * Says that a source's write-ahead log has been read between two positions, as far as one pair
     * of partitions can tell.
     *
     * @param from where it went on; 0 where it began anew, which a gap explains
     * @param to up to where it was read
     */
    public record Link(
            String source, long changesPartition, long entriesPartition, long from, long to) {}

    /** Returns the segment as bytes. */
    public byte[] toBytes() {
        FieldWriter out =
                new FieldWriter()
                        .raw(beginning())
                        .number(stream)
                        .text(sink)
                        .text(topic)
                        .number(partition)
                        .number(generation)
                        .number(first)
                        .number(next)
                        .number(part)
                        .number(parts)
                        .number(month)
                        .number(leaves)
                        .hash(root)
                        .number(sealedAt)
                        .present(account != null);
        if (account != null) {
            out.list(account.sources, (to, of) -> to.text(of.source).number(of.rows))
                    .number(account.duplicates)
                    .hash(account.duplicatesHash)
                    .number(account.rejected)
                    .number(account.skipped)
                    .list(account.watermarks, Segment::write)
                    .number(account.marks)
                    .list(
                            account.gaps,
                            (to, id) ->
                                    to.number(id.getMostSignificantBits())
                                            .number(id.getLeastSignificantBits()))
                    .list(account.personal, FieldWriter::text);
            Found found = account.found;
            if (found != null) {
                out.number(found.from).number(found.to);
            } else if (!account.links.isEmpty()) {
                out.list(account.links, Segment::write);
            }
        }
        return out.toBytes();
    }

    private byte[] beginning() {
        if (account != null && account.found != null) {
            return BEGINNING_AS_FOUND;
        }
        return account == null || account.links.isEmpty() ? BEGINNING : BEGINNING_WITH_LINKS;
    }

    private static void write(FieldWriter to, Watermark mark) {
        to.text(mark.source)
                .number(mark.changesPartition)
                .number(mark.changesPartitions)
                .number(mark.entriesPartition)
                .number(mark.entriesPartitions)
                .number(mark.completeUntil)
                .optionalText(mark.position);
    }

    private static void write(FieldWriter to, Link link) {
        to.text(link.source)
                .number(link.changesPartition)
                .number(link.entriesPartition)
                .number(link.from)
                .number(link.to);
    }

    /** Reads what {@link #toBytes} wrote. */
    public static Segment parse(byte[] bytes) {
        FieldReader in = new FieldReader(bytes);
        boolean linked = in.begins(BEGINNING_WITH_LINKS);
        boolean found = !linked && in.begins(BEGINNING_AS_FOUND);
        if (!linked && !found) {
            in.require(BEGINNING);
        }
        Segment segment =
                new Segment(
                        in.number(),
                        in.text(),
                        in.text(),
                        in.number(),
                        in.number(),
                        in.number(),
                        in.number(),
                        in.number(),
                        in.number(),
                        in.number(),
                        in.number(),
                        in.hash(),
                        in.number(),
                        in.present() ? account(in, linked, found) : null);
        in.end();
        if (segment.first < 0
                || segment.next <= segment.first
                || segment.part < 0
                || segment.part >= segment.parts
                || (segment.account == null) != (segment.part > 0)
                || linked != (segment.account != null && !segment.account.links.isEmpty())
                || found != (segment.account != null && segment.account.found != null)
                || segment.leaves < 0
                || segment.leaves > MOST_LEAVES) {
            throw new InvalidEvidenceException("A segment's numbers do not fit: " + segment + ".");
        }
        return segment;
    }

    private static Account account(FieldReader in, boolean linked, boolean found) {
        return new Account(
                in.list(of -> new SourceCount(of.text(), of.number())),
                in.number(),
                in.hash(),
                in.number(),
                in.number(),
                in.list(
                        of ->
                                new Watermark(
                                        of.text(),
                                        of.number(),
                                        of.number(),
                                        of.number(),
                                        of.number(),
                                        of.number(),
                                        of.optionalText())),
                in.number(),
                in.list(of -> new UUID(of.number(), of.number())),
                in.list(FieldReader::text),
                linked
                        ? in.list(
                                of ->
                                        new Link(
                                                of.text(),
                                                of.number(),
                                                of.number(),
                                                of.number(),
                                                of.number()))
                        : List.of(),
                found ? new Found(in.number(), in.number()) : null);
    }

    /** Returns whether the rows were stored before anything was sealed. */
    public boolean isAsFound() {
        return account != null && account.found != null;
    }

    /** Returns in words which segment it is. */
    public String inWords() {
        return topic
                + "-"
                + partition
                + " of "
                + sink
                + ", generation "
                + generation
                + ", offsets "
                + first
                + " to "
                + (next - 1)
                + (parts > 1 ? ", part " + (part + 1) + " of " + parts : "");
    }
}
