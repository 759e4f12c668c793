package dev.daybook.evidence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

class LeafHasherTest {

    private static final byte[] SEED = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    private static final UUID ID = UUID.fromString("019ab1f7-b2f0-8001-8000-000000000001");

    private final LeafHasher hasher = new LeafHasher();

    @Test
    void hashesRowsAsEarlierBuildsDid() {
        // Known answers: a leaf that is sealed must come out the same for ever.
        assertThat(hash(entry())).hasToString("Gmb2I0fVybcokL8hqk/VWdraegZfnyAydapIJ9URf1s=");
        assertThat(hasher.transaction(transaction("anna"), Salts.ofSeed(SEED)))
                .hasToString("ossbw8f60o91zHXa0d4YRMbWkg2+Fg38ye0OR0nQ+ns=");
        assertThat(hasher.rejected(rejected(new byte[] {1}), Salts.ofSeed(SEED)))
                .hasToString("oPnnky4LG984pdjNGsi80KT8maS0oELtDLTEx078Dfw=");
    }

    @Test
    void givesEachDifferenceAnotherHash() {
        Set<Hash> hashes = new HashSet<>();
        List<EntryRow> rows =
                List.of(
                        entry(),
                        entry(
                                Place.of(1, 8),
                                "shop",
                                "7",
                                null,
                                "{\"id\":7}",
                                "{\"id\":7,\"name\":\"a\"}"),
                        entry(
                                Place.of(1, 7),
                                "shoq",
                                "7",
                                null,
                                "{\"id\":7}",
                                "{\"id\":7,\"name\":\"a\"}"),
                        entry(
                                Place.of(1, 7),
                                "shop",
                                "8",
                                null,
                                "{\"id\":7}",
                                "{\"id\":7,\"name\":\"a\"}"),
                        entry(
                                Place.of(1, 7),
                                "shop",
                                null,
                                "7",
                                "{\"id\":7}",
                                "{\"id\":7,\"name\":\"a\"}"),
                        entry(
                                Place.of(1, 7),
                                "shop",
                                null,
                                null,
                                "{\"id\":7}",
                                "{\"id\":7,\"name\":\"a\"}"),
                        entry(
                                Place.of(1, 7),
                                "shop",
                                "",
                                null,
                                "{\"id\":7}",
                                "{\"id\":7,\"name\":\"a\"}"),
                        entry(Place.of(1, 7), "shop", "7", null, null, "{\"id\":7,\"name\":\"a\"}"),
                        entry(Place.of(1, 7), "shop", "7", null, "{}", "{\"id\":7,\"name\":\"a\"}"),
                        entry(
                                Place.of(1, 7),
                                "shop",
                                "7",
                                null,
                                "{\"id\":7}",
                                "{\"id\":7,\"name\":null}"),
                        entry(
                                Place.of(1, 7),
                                "shop",
                                "7",
                                null,
                                "{\"id\":7}",
                                "{\"id\":7,\"name\":\"\"}"),
                        entry(Place.of(1, 7), "shop", "7", null, "{\"id\":7}", "{\"id\":7}"),
                        entry(
                                Place.of(1, 7),
                                "shop",
                                "7",
                                null,
                                "{\"id\":7}",
                                "{\"id\":7.0,\"name\":\"a\"}"),
                        entry(
                                Place.of(1, 7),
                                "shop",
                                "7",
                                null,
                                "{\"id\":7}",
                                "{\"name\":\"a\",\"id\":7}"));
        for (EntryRow row : rows) {
            assertThat(hashes.add(hash(row))).as(row.toString()).isTrue();
            assertThat(hash(row)).isEqualTo(hash(row));
        }
        assertThat(hasher.entry(entry(), Salts.ofSeed(new byte[16]), Set.of())).isNotIn(hashes);
        assertThat(hasher.entry(entry(), Salts.ofSeed(SEED), Set.of("\"name\""))).isNotIn(hashes);
        assertThat(hasher.transaction(transaction("anna"), Salts.ofSeed(SEED)))
                .isNotEqualTo(hasher.transaction(transaction("annb"), Salts.ofSeed(SEED)));
        assertThat(hasher.rejected(rejected(new byte[0]), Salts.ofSeed(SEED)))
                .isNotEqualTo(hasher.rejected(rejected(null), Salts.ofSeed(SEED)));
    }

    @Test
    void givesAGroupThatDidNotChangeTheSameCommitmentAndAChangedOneAnother() {
        Set<Integer> asked = new HashSet<>();
        Salts counting =
                (number, into) -> {
                    asked.add(number);
                    Salts.ofSeed(SEED).copyTo(number, into);
                };
        hasher.entry(
                entry(
                        1,
                        "shop",
                        "7",
                        null,
                        "{\"id\":7,\"name\":\"a\"}",
                        "{\"id\":7,\"name\":\"b\"}"),
                counting,
                Set.of("\"name\""));

        // Key, the rest of both images once, the name before and after.
        assertThat(asked).containsExactlyInAnyOrder(0, 3, 4, 5);
    }

    @Test
    void walksThroughJsonWithoutDecodingIt() {
        Columns columns =
                columns(" { \"a\\\"b\" : {\"x\":[1,\"}\"]} ,\"c\":-1.50e+3, \"\":\"\\\\\" } ");

        assertThat(columns.next()).isTrue();
        assertThat(columns.name()).asString().isEqualTo("\"a\\\"b\"");
        assertThat(columns.next()).isTrue();
        assertThat(columns.valueTo - columns.valueFrom).isEqualTo(8);
        assertThat(columns.next()).isTrue();
        assertThat(columns.next()).isFalse();
        for (String bad :
                List.of(
                        "",
                        "{",
                        "[]",
                        "{\"a\"}",
                        "{\"a\":}",
                        "{\"a\":1",
                        "{\"a\":\"",
                        "{\"a\":1}x",
                        "{\"a\":]}",
                        "{\"a\":[}")) {
            assertThatThrownBy(
                            () -> {
                                Columns of = columns(bad);
                                while (of.next()) {
                                    of.name();
                                }
                            })
                    .as(bad)
                    .isInstanceOf(InvalidEvidenceException.class);
        }
    }

    private static Columns columns(String json) {
        return new Columns(json.getBytes(StandardCharsets.UTF_8), 0, json.length());
    }

    private Hash hash(EntryRow row) {
        return hasher.entry(row, Salts.ofSeed(SEED), Set.of());
    }

    private static EntryRow entry() {
        return entry(Place.of(1, 7), "shop", "7", null, "{\"id\":7}", "{\"id\":7,\"name\":\"a\"}");
    }

    private static EntryRow entry(
            long place, String source, String key, String formerKey, String before, String after) {
        return new EntryRow(
                place,
                ID,
                source,
                "public.t",
                "update",
                1_763_803_800_120_001L,
                1_763_803_800_120_000L,
                "00000000/0A1B2C3D.1.00000000/0A1B2C30",
                7431L,
                1,
                List.of("photo"),
                key,
                formerKey,
                null,
                slice(before),
                slice(after));
    }

    private static TransactionRow transaction(String actor) {
        return new TransactionRow(
                Place.of(2, 3),
                "shop",
                7431,
                1_763_803_800_120_001L,
                actor,
                "why",
                null,
                slice("{\"a\":1}"),
                "app");
    }

    private static RejectedRow rejected(byte[] value) {
        return new RejectedRow(
                Place.of(3, 4),
                ID,
                1_763_803_800_120_001L,
                "shop",
                "ingest",
                "not-json",
                "changes.shop",
                1L,
                9L,
                null,
                1_763_803_799_000_000L,
                "why",
                null,
                value,
                slice("{\"h\":\"aGk=\"}"));
    }

    private static Slice slice(String json) {
        return json == null ? null : new Slice(json.getBytes(StandardCharsets.UTF_8));
    }
}
