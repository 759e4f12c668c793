package dev.daybook.connect.sink;

import dev.daybook.contract.Lsn;
import dev.daybook.contract.Quote;
import dev.daybook.contract.RecordMember.Watermark;
import dev.daybook.contract.SinkSetting;
import dev.daybook.contract.WireTime;

import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;

import java.time.Clock;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;

/**
 * Reads watermarks, and positions, which are the same without a time; holds them to what can be so
 * before coverage trusts them.
 */
final class WatermarkReader implements RecordReader {

    /** How far clocks of the source, the ingest and the sink may be apart. */
    private static final Duration CLOCKS_APART = Duration.ofMinutes(1);

    /** More than Kafka's clusters have. */
    private static final int MOST_PARTITIONS = 100_000;

    final Members members;
    private final Member.Text source;
    private final Member.Int32 changesPartition;
    private final Member.Int32 changesPartitions;
    private final Member.@Nullable Time completeUntil;
    private final Member.Text position;
    private final Member.Text previous;
    private final Member.Int32 entriesPartition;
    private final Member.Int32 entriesPartitions;

    private final int configuredPartitions;
    private final Set<String> sources;
    private final Clock clock;

    /**
     * @param configuredPartitions how many partitions the topic of entries has where a watermark
     *     does not say
     * @param sources the sources that may have watermarks; empty: any
     */
    WatermarkReader(int configuredPartitions, Set<String> sources, Clock clock) {
        this(configuredPartitions, sources, clock, true);
    }

    private WatermarkReader(
            int configuredPartitions, Set<String> sources, Clock clock, boolean claims) {
        this.members = new Members(claims ? "a watermark" : "a position");
        this.source = members.required(new Member.Text(Watermark.SOURCE));
        this.changesPartition = members.required(new Member.Int32(Watermark.CHANGES_PARTITION));
        this.changesPartitions = members.required(new Member.Int32(Watermark.CHANGES_PARTITIONS));
        this.completeUntil =
                claims ? members.required(Member.Time.exact(Watermark.COMPLETE_UNTIL)) : null;
        Member.Text lsn = new Member.Text(Watermark.POSITION);
        this.position = claims ? members.optional(lsn) : members.required(lsn);
        Member.Text before = new Member.Text(Watermark.PREVIOUS);
        this.previous = claims ? members.optional(before) : members.required(before);
        this.entriesPartition = members.optional(new Member.Int32(Watermark.ENTRIES_PARTITION));
        this.entriesPartitions = members.optional(new Member.Int32(Watermark.ENTRIES_PARTITIONS));
        this.configuredPartitions = configuredPartitions;
        this.sources = sources;
        this.clock = clock;
    }

    /** Returns a reader of positions. */
    static WatermarkReader ofPositions(int configuredPartitions, Set<String> sources, Clock clock) {
        return new WatermarkReader(configuredPartitions, sources, clock, false);
    }

    @Override
    public Row read(SinkRecord record, byte[] json) throws Unreadable {
        members.read(json);
        int partition = Objects.requireNonNull(record.originalKafkaPartition());
        Integer told = entriesPartitions.orNull();
        int partitions = told == null ? configuredPartitions : told;
        requirePartition(changesPartition, changesPartition.value(), changesPartitions.value());
        requirePartition(entriesPartition, partition, partitions);
        Integer toldPartition = entriesPartition.orNull();
        if (toldPartition != null && toldPartition != partition) {
            throw bad(entriesPartition, toldPartition, "must be its own partition, " + partition);
        }
        long latest = WireTime.micros(clock.instant().plus(CLOCKS_APART));
        if (completeUntil != null && completeUntil.micros() > latest) {
            throw bad(
                    completeUntil,
                    WireTime.text(completeUntil.micros()),
                    "must not be later than the sink's clock by more than "
                            + CLOCKS_APART.toSeconds()
                            + " s. Correct the clocks");
        }
        if (source.value().isEmpty()) {
            throw bad(source, "empty", "must name one");
        }
        if (!sources.isEmpty() && !sources.contains(source.value())) {
            throw bad(
                    source,
                    Quote.of(source.value()),
                    "the sink's setting "
                            + SinkSetting.SOURCES
                            + " does not name it. Add it there if it is one of yours");
        }
        String before = previous.orNull();
        String lsn = position.orNull();
        if (before != null && (!Lsn.isWide(before) || lsn == null || !Lsn.isWide(lsn))) {
            throw bad(
                    previous,
                    Quote.of(before),
                    "it and "
                            + Watermark.POSITION
                            + " must be positions in a write-ahead log, such as"
                            + " 00000000/0A1B2C3D");
        }
        if (completeUntil == null) {
            return new Row.Position(
                    record,
                    source.value(),
                    changesPartition.value(),
                    partition,
                    Lsn.parse(position.value()),
                    Lsn.parse(previous.value()));
        }
        return new Row.Watermark(
                record,
                source.value(),
                changesPartition.value(),
                partition,
                changesPartitions.value(),
                partitions,
                completeUntil.micros(),
                lsn,
                before == null ? null : (Long) Lsn.parse(before));
    }

    private static void requirePartition(Member member, int partition, int partitions)
            throws Unreadable {
        if (partition < 0 || partition >= partitions || partitions > MOST_PARTITIONS) {
            throw bad(
                    member,
                    partition + " of " + partitions,
                    "must be from 0 to below the number of partitions, of which a topic has "
                            + MOST_PARTITIONS
                            + " at most");
        }
    }

    private static Unreadable bad(Member member, Object value, String rule) {
        return new Unreadable(
                "bad-watermark",
                "%s is %s, but %s. The watermark does not count.",
                member.name,
                value,
                rule);
    }

    @Override
    public @Nullable String lastSource() {
        return source.orNull();
    }
}
