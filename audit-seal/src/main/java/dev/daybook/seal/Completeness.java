package dev.daybook.seal;

import dev.daybook.evidence.LogLeaf;
import dev.daybook.evidence.Segment;

import org.jspecify.annotations.Nullable;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Follows until when each source is complete: the least of what the latest watermarks of all its
 * pairs of partitions say. What was said once never goes back. The sealer and whoever verifies
 * compute it from the same segments.
 */
final class Completeness {

    /** By how much clocks may be apart, in microseconds; a watermark further ahead cannot be so. */
    private static final long AHEAD = 60_000_000;

    /** What the lines of a watermark, and of what was said, begin with. */
    static final String MARK = "mark";

    static final String SAID = "complete";
    private static final String NONE = "-";

    private final Map<String, Map<List<Long>, Segment.Watermark>> latest = new TreeMap<>();
    private final Map<String, LogLeaf.Complete> said = new TreeMap<>();

    /** Takes the watermarks of a segment. */
    void take(Segment segment) {
        Segment.Account account = segment.account();
        if (account == null) {
            return;
        }
        for (Segment.Watermark mark : account.watermarks()) {
            if (mark.completeUntil() <= segment.sealedAt() + AHEAD) {
                take(mark);
            }
        }
    }

    private void take(Segment.Watermark mark) {
        latest.computeIfAbsent(mark.source(), source -> new HashMap<>())
                .merge(
                        List.of(mark.changesPartition(), mark.entriesPartition()),
                        mark,
                        (a, b) -> b.completeUntil() >= a.completeUntil() ? b : a);
    }

    /** Returns whether a source is known to be complete until a time, and was not before. */
    boolean hasNews() {
        return latest.entrySet().stream()
                .anyMatch(
                        of ->
                                !said.containsKey(of.getKey())
                                        && least(of.getValue().values()) != null);
    }

    /** Returns until when each source is complete, none of it earlier than what was said before. */
    List<LogLeaf.Complete> advance() {
        latest.forEach(
                (source, pairs) -> {
                    Segment.Watermark least = least(pairs.values());
                    LogLeaf.Complete before = said.get(source);
                    if (least != null
                            && (before == null || least.completeUntil() >= before.until())) {
                        said.put(
                                source,
                                new LogLeaf.Complete(
                                        source, least.completeUntil(), least.position()));
                    }
                });
        return List.copyOf(said.values());
    }

    /** Returns until when each source was last said to be complete. */
    List<LogLeaf.Complete> said() {
        return List.copyOf(said.values());
    }

    /** Returns the earliest of the pairs' watermarks; null until every pair has one. */
    private static Segment.@Nullable Watermark least(Collection<Segment.Watermark> marks) {
        Segment.Watermark least = null;
        long pairs = 0;
        long needed = 1;
        for (Segment.Watermark mark : marks) {
            if (mark.changesPartition() < mark.changesPartitions()
                    && mark.entriesPartition() < mark.entriesPartitions()) {
                pairs++;
                needed = Math.max(needed, mark.changesPartitions() * mark.entriesPartitions());
                if (least == null || mark.completeUntil() < least.completeUntil()) {
                    least = mark;
                }
            }
        }
        return pairs < needed ? null : least;
    }

    /** Returns lines from which {@link #parse} makes the same again. */
    List<String> lines() {
        List<String> lines = new ArrayList<>();
        for (Map<List<Long>, Segment.Watermark> pairs : latest.values()) {
            for (Segment.Watermark mark : pairs.values()) {
                lines.add(
                        String.join(
                                " ",
                                MARK,
                                encoded(mark.source()),
                                Long.toString(mark.changesPartition()),
                                Long.toString(mark.changesPartitions()),
                                Long.toString(mark.entriesPartition()),
                                Long.toString(mark.entriesPartitions()),
                                Long.toString(mark.completeUntil()),
                                encoded(mark.position())));
            }
        }
        for (LogLeaf.Complete complete : said.values()) {
            lines.add(
                    String.join(
                            " ",
                            SAID,
                            encoded(complete.source()),
                            Long.toString(complete.until()),
                            encoded(complete.position())));
        }
        return lines;
    }

    /** Reads lines; those that begin with another word are left aside. */
    static Completeness parse(List<String> lines) {
        Completeness parsed = new Completeness();
        for (String line : lines) {
            String[] words = line.split(" ");
            if (words[0].equals(MARK)) {
                parsed.take(
                        new Segment.Watermark(
                                String.valueOf(decoded(words[1])),
                                Long.parseLong(words[2]),
                                Long.parseLong(words[3]),
                                Long.parseLong(words[4]),
                                Long.parseLong(words[5]),
                                Long.parseLong(words[6]),
                                decoded(words[7])));
            } else if (words[0].equals(SAID)) {
                String source = String.valueOf(decoded(words[1]));
                parsed.said.put(
                        source,
                        new LogLeaf.Complete(source, Long.parseLong(words[2]), decoded(words[3])));
            }
        }
        return parsed;
    }

    private static String encoded(@Nullable String text) {
        // A blank source must stay a word.
        return text == null ? NONE : "=" + URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private static @Nullable String decoded(String word) {
        return word.equals(NONE)
                ? null
                : URLDecoder.decode(word.substring(1), StandardCharsets.UTF_8);
    }
}
