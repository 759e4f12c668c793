package dev.daybook.api.view;

import dev.daybook.api.query.Caller;
import dev.daybook.api.query.EntryQueries;
import dev.daybook.api.query.LogQueries;
import dev.daybook.api.query.Page;
import dev.daybook.api.query.ReplayQueries;
import dev.daybook.api.query.Replays;
import dev.daybook.api.query.Replays.Replay;
import dev.daybook.contract.ReplayOutcome;
import dev.daybook.domain.history.Coverage;
import dev.daybook.domain.history.EntryQuery;
import dev.daybook.domain.history.Incident;
import dev.daybook.domain.history.RejectedQuery;
import dev.daybook.domain.history.RejectedRecord;
import dev.daybook.domain.history.SourceCoverage;
import dev.daybook.domain.history.Volume;
import dev.daybook.pack.SealedReach;

import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.ModelAttribute;
import org.springframework.web.bind.annotation.RequestParam;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;

/** The log itself: coverage, what was rejected, and the words of the pages. */
@Controller
class LogPages implements dev.daybook.api.view.Page {

    private static final int REJECTED = 25;
    private static final int SHOWN_BYTES = 2_048;

    private final LogQueries log;
    private final EntryQueries entries;
    private final ReplayQueries replays;

    LogPages(LogQueries log, EntryQueries entries, ReplayQueries replays) {
        this.log = log;
        this.entries = entries;
        this.replays = replays;
    }

    /**
     * A source, and how far its part of the log reaches.
     *
     * @param sealed until when it is sealed; null if it is not
     * @param anchored until when an anchor knows it; null if none does
     */
    record Source(
            String name,
            Shell.Reach reach,
            Times.@Nullable When sealed,
            Times.@Nullable When anchored,
            String changes,
            String attributed,
            String unattributedUrl,
            long rejected) {}

    /** A table of the log. */
    record Table(String name, String url, int columns, String columnNames) {}

    @GetMapping("/view/coverage")
    String coverage(Caller caller, @ModelAttribute("times") Times times, Model model) {
        Coverage coverage = log.coverage(caller);
        SealedReach seal = log.sealed();
        model.addAttribute(
                "sources", coverage.sources().stream().map(s -> source(s, seal, times)).toList());
        model.addAttribute("entries", Texts.number(coverage.entries()));
        model.addAttribute("estimated", coverage.estimated());
        model.addAttribute(
                "rejected",
                Texts.number(
                        coverage.rejectedElsewhere()
                                + coverage.sources().stream()
                                        .mapToLong(SourceCoverage::rejected)
                                        .sum()));
        model.addAttribute(
                "tables",
                log.tables(caller).stream()
                        .map(
                                t ->
                                        new Table(
                                                Texts.visible(t.table().toString()),
                                                Links.with(
                                                        "/view/search",
                                                        "table",
                                                        t.table().toString()),
                                                t.columns().size(),
                                                Texts.visible(
                                                        String.join(
                                                                ", ",
                                                                t.columns().stream()
                                                                        .limit(20)
                                                                        .toList()))))
                        .toList());
        model.addAttribute("gaps", Gaps.shown(coverage.gaps(), times));
        model.addAttribute("standstills", Standing.of(coverage, times));
        model.addAttribute(
                "incidents",
                coverage.incidents().stream().map(one -> incident(one, times)).toList());
        model.addAttribute(
                "keyless",
                coverage.keylessTables().stream()
                        .map(
                                one ->
                                        new Keyless(
                                                Texts.visible(one.table()),
                                                Texts.visible(one.source()),
                                                Texts.visible(String.join(", ", one.keyColumns()))))
                        .toList());
        Instant to = times.startOf(times.today().plusDays(1));
        Instant from = times.startOf(times.today());
        Duration hour = Duration.ofHours(1);
        List<Volume> volumes = entries.volume(caller, EntryQuery.ALL, from, times.now(), hour);
        model.addAttribute("volume", Charts.volume(volumes, from, to, hour, times, "/view/search"));
        model.addAttribute("lag", Charts.lag(volumes, from, to, hour, times, "/view/search"));
        return "coverage";
    }

    /** A source of which the log does not go on. */
    record Standing(String source, Times.When since, String stage, String reason) {

        static List<Standing> of(Coverage coverage, Times times) {
            return coverage.standstills().stream()
                    .map(
                            one ->
                                    new Standing(
                                            Texts.visible(one.source()),
                                            times.when(one.since()),
                                            one.stage(),
                                            Texts.visible(one.reason())))
                    .toList();
        }
    }

    /** What the capture itself reports to be missing. */
    record Missing(String of, String code, String reports, Times.When last, String reason) {}

    /** A table whose rows have no key in the log. */
    record Keyless(String table, String source, String columns) {}

    private static Missing incident(Incident incident, Times times) {
        return new Missing(
                incident.table() != null
                        ? Texts.visible(incident.table())
                        : incident.source() == null
                                ? "any table"
                                : "any table of " + Texts.visible(incident.source()),
                Texts.visible(incident.code()),
                Texts.count(incident.reports(), "report", "reports"),
                times.when(incident.lastAt()),
                Texts.visible(incident.reason()));
    }

    private static Source source(SourceCoverage source, @Nullable SealedReach seal, Times times) {
        long changes = source.recentChanges();
        return new Source(
                Texts.visible(source.source()),
                Shell.reach(source.completeUntil(), times),
                seal == null ? null : times.whenOrNull(seal.sealed().get(source.source())),
                seal == null ? null : times.whenOrNull(seal.anchored().get(source.source())),
                Texts.number(changes),
                changes == 0
                        ? "\u2013"
                        : "%.1f %%"
                                .formatted(
                                        100.0 * (changes - source.recentUnattributed()) / changes),
                Links.with("/view/search", "unattributed", "true", "source", source.source()),
                source.rejected());
    }

    /** A rejected record, its bytes as text and as hexadecimal digits. */
    record Rejected(
            String id,
            Times.When when,
            String stage,
            String code,
            String reason,
            @Nullable String source,
            @Nullable String table,
            @Nullable String place,
            @Nullable Bytes key,
            @Nullable Bytes value,
            List<Replayed> replays) {}

    /**
     * A replay of a rejected record.
     *
     * @param result what became of it; null while it has not been answered
     */
    record Replayed(Times.When asked, String by, @Nullable String result) {}

    /** Bytes of a record. */
    record Bytes(String size, @Nullable String text, String hex, boolean cut) {}

    @GetMapping("/view/rejected")
    String rejected(
            Caller caller,
            @RequestParam(required = false) @Nullable String code,
            @RequestParam(required = false) @Nullable String cursor,
            @ModelAttribute("times") Times times,
            Model model) {
        String asked = code == null || code.isEmpty() ? null : code;
        Page<RejectedRecord> page =
                log.rejected(
                        caller,
                        new RejectedQuery(null, null, asked, null, null, null),
                        cursor,
                        REJECTED);
        Map<UUID, List<Replay>> replayed =
                replays.of(caller, page.items()).stream()
                        .collect(Collectors.groupingBy(Replay::rejectedId));
        model.addAttribute(
                "records",
                page.items().stream()
                        .map(r -> rejected(r, replayed.getOrDefault(r.id(), List.of()), times))
                        .toList());
        model.addAttribute("code", asked == null ? null : Texts.visible(asked));
        model.addAttribute("first", cursor == null);
        model.addAttribute("completeUntil", times.whenOrNull(page.completeUntil()));
        model.addAttribute(
                "older",
                page.nextCursor() == null
                        ? null
                        : Links.with("/view/rejected", "code", asked, "cursor", page.nextCursor()));
        return "rejected";
    }

    private static Rejected rejected(RejectedRecord r, List<Replay> replays, Times times) {
        return new Rejected(
                r.id().toString(),
                times.when(r.rejectedAt()),
                r.stage(),
                r.code(),
                Texts.visible(r.reason()),
                visible(r.source()),
                visible(r.table()),
                r.topic() == null
                        ? null
                        : Texts.visible(r.topic())
                                + (r.partition() == null ? "" : ", partition " + r.partition())
                                + (r.offset() == null ? "" : ", offset " + r.offset()),
                bytes(r.recordKey()),
                bytes(r.recordValue()),
                replays.stream()
                        .map(
                                replay ->
                                        new Replayed(
                                                times.when(replay.requestedAt()),
                                                Texts.visible(replay.requestedBy()),
                                                became(replay.result())))
                        .toList());
    }

    private static @Nullable String became(Replays.@Nullable Result result) {
        if (result == null) {
            return null;
        }
        if (result.outcome() == ReplayOutcome.REPLAYED) {
            return "became " + Texts.visible(String.valueOf(result.became()));
        }
        return result.outcome().word()
                + (result.code() == null ? "" : ": " + Texts.visible(result.code()))
                + (result.reason() == null ? "" : ". " + Texts.visible(result.reason()));
    }

    private static @Nullable String visible(@Nullable String text) {
        return text == null ? null : Texts.visible(text);
    }

    private static @Nullable Bytes bytes(@Nullable String base64) {
        if (base64 == null) {
            return null;
        }
        byte[] all = Base64.getDecoder().decode(base64);
        int shown = Math.min(all.length, SHOWN_BYTES);
        StringBuilder hex = new StringBuilder(shown * 3 + shown / 16 * 8);
        for (int line = 0; line < shown; line += 16) {
            int end = Math.min(shown, line + 16);
            hex.append("%06x  ".formatted(line))
                    .append(HexFormat.ofDelimiter(" ").formatHex(all, line, end))
                    .append('\n');
        }
        return new Bytes(
                Texts.bytes(all.length), text(all, shown), hex.toString(), shown < all.length);
    }

    /** Returns bytes that are UTF-8 as a text; null where they are not. */
    private static @Nullable String text(byte[] bytes, int shown) {
        try {
            String text =
                    StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
            return Texts.visible(Texts.beginning(text, shown));
        } catch (CharacterCodingException e) {
            return null;
        }
    }

    @GetMapping("/view/words")
    String words() {
        return "words";
    }
}
