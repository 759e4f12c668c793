package dev.daybook.local.truth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.contract.GapCause;
import dev.daybook.source.TableLives;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** The comparison's own test: it finds nothing in a true log, and every mistake in others. */
class LivesComparisonTest {

    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final UUID GAP = new UUID(0, 7);

    private final List<TableLives.Change> changes = new ArrayList<>();
    private final List<AuditLog.Entry> entries = new ArrayList<>();
    private final List<LivesComparison.Gap> gaps = new ArrayList<>();
    private final List<Claims.Claim> claims = new ArrayList<>();
    private final List<String> rejected = new ArrayList<>();

    /** A row's life: it is made in one table, changed, renamed with its table, and deleted. */
    private void live() {
        made(1, "a", "insert", null, "{\"id\":1,\"r\":0,\"v\":\"i\"}");
        made(2, "a", "update", "{\"id\":1,\"r\":0,\"v\":\"i\"}", "{\"id\":1,\"r\":0,\"v\":\"u\"}");
        made(3, "b", "update", "{\"id\":1,\"r\":0,\"v\":\"u\"}", "{\"id\":2,\"r\":0,\"v\":\"u\"}");
        made(4, "b", "delete", "{\"id\":2,\"r\":0,\"v\":\"u\"}", null);
        logged(1, "a", "insert", null, "{\"id\":1,\"r\":0,\"v\":\"i\"}", "[1,0]", null);
        logged(2, "a", "update", null, "{\"id\":1,\"r\":0,\"v\":\"u\"}", "[1,0]", null);
        logged(
                3,
                "b",
                "update",
                "{\"id\":1,\"r\":0}",
                "{\"id\":2,\"r\":0,\"v\":\"u\"}",
                "[2,0]",
                "[1,0]");
        logged(4, "b", "delete", "{\"id\":2,\"r\":0}", null, "[2,0]", null);
    }

    @Test
    void findsNothingInATrueLog() {
        live();
        assertThat(differences()).isEmpty();
    }

    @Test
    void findsWhatIsMissing() {
        live();
        for (int i = 0; i < entries.size(); i++) {
            AuditLog.Entry lost = entries.remove(i);
            assertThat(differences()).singleElement().asString().contains("is missing");
            entries.add(i, lost);
        }
    }

    @Test
    void excusesWhatAGapCovers() {
        live();
        entries.remove(1);
        gap("public.a", at(2));
        assertThat(differences()).isEmpty();
    }

    @Test
    void excusesNothingByAGapOfAnotherTableOrTime() {
        live();
        entries.remove(1);
        gap("public.b", at(2));
        gap("public.a", at(3));
        assertThat(differences()).singleElement().asString().contains("is missing");
    }

    @Test
    void findsAGapThatWasKnownTooLate() {
        live();
        entries.remove(1);
        gap("public.a", at(2));
        claims.add(new Claims.Claim(at(3), 2, Set.of()));
        assertThat(differences()).singleElement().asString().contains("before it knew any of");
        claims.set(0, new Claims.Claim(at(3), 2, Set.of(GAP)));
        assertThat(differences()).isEmpty();
    }

    @Test
    void findsWhatIsThereTwice() {
        live();
        entries.add(entries.get(1));
        assertThat(differences()).anyMatch(d -> d.contains("nobody made it"));
    }

    @Test
    void findsWhatNobodyMade() {
        live();
        logged(9, "c", "insert", null, "{\"id\":9,\"r\":0,\"v\":\"i\"}", "[9,0]", null);
        logged(-1, "c", "snapshot", null, "{\"id\":9,\"r\":0,\"v\":\"i\"}", "[9,0]", null);
        assertThat(differences())
                .anyMatch(d -> d.contains("nobody made it"))
                .anyMatch(d -> d.contains("was read"));
    }

    @Test
    void findsAnotherName() {
        live();
        entries.remove(2);
        logged(
                3,
                "a",
                "update",
                "{\"id\":1,\"r\":0}",
                "{\"id\":2,\"r\":0,\"v\":\"u\"}",
                "[2,0]",
                "[1,0]");
        assertThat(differences()).anyMatch(d -> d.contains("is missing"));
    }

    @Test
    void findsOtherValues() {
        live();
        entries.remove(1);
        logged(2, "a", "update", null, "{\"id\":1,\"r\":0,\"v\":\"x\"}", "[1,0]", null);
        assertThat(differences()).anyMatch(d -> d.contains("is missing"));
    }

    @Test
    void findsADeleteWithoutItsRow() {
        live();
        entries.remove(3);
        logged(4, "b", "delete", null, null, "[2,0]", null);
        assertThat(differences()).anyMatch(d -> d.contains("is missing"));
    }

    @Test
    void findsAnotherKey() {
        live();
        entries.remove(2);
        logged(
                3,
                "b",
                "update",
                "{\"id\":1,\"r\":0}",
                "{\"id\":2,\"r\":0,\"v\":\"u\"}",
                "[3,0]",
                null);
        assertThat(differences())
                .anyMatch(d -> d.contains("its key is not [2,0]"))
                .anyMatch(d -> d.contains("its former key is not [1,0]"));
    }

    @Test
    void findsAnotherTimeAndOrder() {
        live();
        AuditLog.Entry first = entries.remove(0);
        entries.add(
                new AuditLog.Entry(
                        first.id(),
                        at(5),
                        first.table(),
                        first.key(),
                        first.oldKey(),
                        first.operation(),
                        first.txid(),
                        first.sequence(),
                        first.position(),
                        first.before(),
                        first.after(),
                        first.unknown()));
        assertThat(differences())
                .anyMatch(d -> d.contains("committed at"))
                .anyMatch(d -> d.contains("comes behind"));
    }

    @Test
    void findsAGapThatStaysOpen() {
        live();
        gaps.add(new LivesComparison.Gap(GAP, "public.a", GapCause.NO_KEY.word(), START, null));
        assertThat(differences()).singleElement().asString().contains("is open");
    }

    @Test
    void findsWhatWasRejected() {
        live();
        rejected.add("ingest not-json");
        assertThat(differences()).singleElement().asString().contains("rejected");
    }

    private List<String> differences() {
        Map<String, Instant> commits = new HashMap<>();
        changes.forEach(change -> commits.put(change.xid(), at(Integer.parseInt(change.xid()))));
        List<AuditLog.Entry> ordered = new ArrayList<>(entries);
        ordered.sort(Comparator.comparing(AuditLog.Entry::committedAt));
        return LivesComparison.of(
                        new LivesComparison.Source(changes, commits, (from, to) -> true, Set.of()),
                        new LivesComparison.Log(
                                new AuditLog(ordered, List.of(), rejected), gaps, Map.of()),
                        claims)
                .differences();
    }

    private void made(
            int number,
            String table,
            String operation,
            @Nullable String before,
            @Nullable String after) {
        String time = at(number).toString();
        changes.add(
                new TableLives.Change(
                        number,
                        String.valueOf(number),
                        new TableLives.Transaction(time, time),
                        table,
                        table,
                        operation,
                        true,
                        before,
                        after));
    }

    private void logged(
            long txid,
            String table,
            String operation,
            @Nullable String before,
            @Nullable String after,
            String key,
            @Nullable String oldKey) {
        entries.add(
                new AuditLog.Entry(
                        "entry " + entries.size(),
                        at((int) Math.abs(txid)),
                        "public." + table,
                        key,
                        oldKey,
                        operation,
                        txid < 0 ? null : txid,
                        1,
                        null,
                        before == null ? null : FlatJson.object(before),
                        after == null ? null : FlatJson.object(after),
                        List.of()));
    }

    private void gap(String table, Instant at) {
        gaps.add(new LivesComparison.Gap(GAP, table, GapCause.NOT_PUBLISHED.word(), at, at));
    }

    private static Instant at(int second) {
        return START.plusSeconds(second);
    }
}
