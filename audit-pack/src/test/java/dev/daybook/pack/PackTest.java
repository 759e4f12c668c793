package dev.daybook.pack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.daybook.contract.JsonText;
import dev.daybook.contract.WireTime;
import dev.daybook.evidence.EntryRow;
import dev.daybook.evidence.Hash;
import dev.daybook.evidence.LogLeaf;
import dev.daybook.evidence.PackMember;
import dev.daybook.evidence.PersonalColumns;
import dev.daybook.evidence.Place;
import dev.daybook.evidence.Receipts;
import dev.daybook.evidence.RejectedRow;
import dev.daybook.evidence.Segment;
import dev.daybook.evidence.SegmentRecord;
import dev.daybook.evidence.Slice;
import dev.daybook.evidence.TransactionRow;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/**
 * Makes packs of a small log in memory and holds them to the vectors in docs/evidence/vectors,
 * which the verifier and the second reader are held to as well. With daybook.vectors=write the
 * vectors are written instead.
 */
class PackTest {

    private static final Path VECTORS = Path.of("../docs/evidence/vectors");
    private static final PersonalColumns PERSONAL =
            new PersonalColumns(List.of("public.products.maker", "public.customers.email"));
    private static final UUID UPDATE = UUID.fromString("019ac7d6-7b68-8064-8000-000000000003");

    private final VectorLog log = new VectorLog();
    private final VectorRows rows = new VectorRows();

    @BeforeEach
    void seal() {
        long at = WireTime.micros(Instant.parse("2026-11-28T09:30:00Z"));
        log.add(
                at,
                new LogLeaf.Beginning(
                        VectorLog.SIGNER.key().toString(),
                        List.of(new LogLeaf.Earlier("audit.entry", 2))),
                List.of());
        log.add(
                at + 1,
                new LogLeaf.Coverage(List.of("relation entry owner daybook_owner")),
                List.of());
        Segment entries = segment(1, "entries", 0, 5, 0, 1, 682, account(1, List.of(mark(at))));
        Segment contexts = segment(2, "transactions", 0, 2, 0, 1, 682, account(0, List.of()));
        List<SegmentRecord> first =
                List.of(
                        rows.add(
                                entries,
                                List.of(
                                        entry(
                                                0,
                                                "019ac7d6-7b68-8000-8000-000000000001",
                                                "insert",
                                                "TEA-01",
                                                null,
                                                null,
                                                "{\"sku\":\"TEA-01\",\"price\":3.10,\"maker\":\"Anna \\\"A\\\" Gruber\"}"),
                                        entry(
                                                1,
                                                "019ac7d6-7b68-8000-8000-000000000002",
                                                "insert",
                                                "TEA-02",
                                                null,
                                                null,
                                                "{\"sku\":\"TEA-02\",\"price\":0.00000000000000000001,\"maker\":null}"),
                                        entry(
                                                3,
                                                UPDATE.toString(),
                                                "update",
                                                "TEA-01",
                                                null,
                                                "{\"sku\":\"TEA-01\",\"price\":3.10,\"maker\":\"Anna \\\"A\\\" Gruber\"}",
                                                "{\"sku\":\"TEA-01\",\"price\":3.50,\"maker\":\"Anna \\\"A\\\" Gruber\"}"),
                                        entry(
                                                4,
                                                "019ac7d6-7b68-8000-8000-000000000004",
                                                "update",
                                                "TEE-ü€😀",
                                                "TEA-01",
                                                null,
                                                "{ \"sku\" : \"TEE-ü€😀\", \"more\" : {\"a\":[1,\"}\"]} }")),
                                PERSONAL),
                        rows.add(
                                contexts,
                                List.of(context(0, 7431, "anna"), context(1, 7432, null)),
                                PERSONAL));
        log.add(at + 1_000_000, listing(first), first);
        log.add(
                at + 61_000_000,
                new LogLeaf.Heartbeat(List.of(new LogLeaf.Complete("shop", at, "0/1A2B3C4"))),
                List.of());
        Segment early = segment(1, "entries", 5, 8, 0, 2, 681, account(0, List.of()));
        Segment late = segment(1, "entries", 5, 8, 1, 2, 682, null);
        Segment rejected = segment(3, "rejected", 10, 11, 0, 1, -1, account(0, List.of()));
        List<SegmentRecord> second =
                List.of(
                        rows.add(
                                early,
                                List.of(
                                        entryAt(
                                                5,
                                                "2026-10-31T23:59:59.999999Z",
                                                "019ac7d6-7b68-8000-8000-000000000005",
                                                "public.customers",
                                                "delete",
                                                "[42,\"a\"]",
                                                "{\"id\":42,\"part\":\"a\",\"email\":\"x@example.com\"}")),
                                PERSONAL),
                        rows.add(
                                late,
                                List.of(
                                        entry(
                                                6,
                                                "019ac7d6-7b68-8000-8000-000000000006",
                                                "delete",
                                                "TEA-01",
                                                null,
                                                "{}",
                                                null),
                                        entryAt(
                                                7,
                                                "2026-11-28T09:30:10.000000Z",
                                                "019ac7d6-7b68-8000-8000-000000000007",
                                                "public.products",
                                                "truncate",
                                                null,
                                                null)),
                                PERSONAL),
                        rows.add(rejected, List.of(rejected(10)), PERSONAL));
        log.add(at + 62_000_000, listing(second), second);
        log.add(at + 122_000_000, new LogLeaf.Verification("intact", 4, 10, 0), List.of());
    }

    private static LogLeaf.Segments listing(List<SegmentRecord> records) {
        return new LogLeaf.Segments(records.stream().map(SegmentRecord::header).toList());
    }

    private static Segment segment(
            long stream,
            String topic,
            long first,
            long next,
            long part,
            long parts,
            long month,
            Segment.@Nullable Account account) {
        return new Segment(
                stream,
                "audit-log",
                topic,
                0,
                0,
                first,
                next,
                part,
                parts,
                month,
                0,
                Hash.OF_NOTHING,
                WireTime.micros(Instant.parse("2026-11-28T09:30:00.500Z")),
                account);
    }

    private static Segment.Account account(long marks, List<Segment.Watermark> watermarks) {
        return new Segment.Account(
                List.of(),
                0,
                Hash.ofOffsets(List.of()),
                0,
                0,
                watermarks,
                marks,
                List.of(),
                PERSONAL.names(),
                List.of(),
                null);
    }

    private static Segment.Watermark mark(long until) {
        return new Segment.Watermark("shop", 0, 1, 0, 1, until, "0/1A2B3C4");
    }

    private static StoredRow entry(
            long offset,
            String id,
            String operation,
            @Nullable String key,
            @Nullable String former,
            @Nullable String before,
            @Nullable String after) {
        return entry(
                offset,
                "2026-11-28T09:29:59.000100Z",
                id,
                "public.products",
                operation,
                key,
                former,
                before,
                after);
    }

    private static StoredRow entryAt(
            long offset,
            String at,
            String id,
            String table,
            String operation,
            @Nullable String key,
            @Nullable String before) {
        return entry(offset, at, id, table, operation, key, null, before, null);
    }

    private static StoredRow entry(
            long offset,
            String at,
            String id,
            String table,
            String operation,
            @Nullable String key,
            @Nullable String former,
            @Nullable String before,
            @Nullable String after) {
        long place = Place.of(1, offset);
        return new StoredRow(
                place,
                seed(place),
                new StoredRow.Entry(
                        new EntryRow(
                                place,
                                UUID.fromString(id),
                                "shop",
                                table,
                                operation,
                                WireTime.micros(Instant.parse(at)),
                                offset == 6 ? WireTime.micros(Instant.EPOCH) : null,
                                offset == 7 ? null : "0/1A2B3C4",
                                key == null ? null : 7431 + offset % 3,
                                offset == 6 ? Long.MAX_VALUE : offset,
                                offset == 6 ? List.of("price", "maker") : null,
                                key,
                                former,
                                offset == 4 ? "app\tuser\u0001" : null,
                                slice(before),
                                slice(after))));
    }

    private static StoredRow context(long offset, long number, @Nullable String actor) {
        long place = Place.of(2, offset);
        return new StoredRow(
                place,
                seed(place),
                new StoredRow.Context(
                        new TransactionRow(
                                place,
                                "shop",
                                number,
                                WireTime.micros(Instant.parse("2026-11-28T09:29:59.000100Z")),
                                actor,
                                "<script>alert(1)</script>",
                                null,
                                slice(actor == null ? null : "{\"ticket\":\"T-1\"}"),
                                "shop_app")));
    }

    private static StoredRow rejected(long offset) {
        long place = Place.of(3, offset);
        return new StoredRow(
                place,
                seed(place),
                new StoredRow.Rejected(
                        new RejectedRow(
                                place,
                                UUID.fromString("0c9ac7d6-7b68-5000-8000-000000000001"),
                                WireTime.micros(Instant.parse("2026-11-28T09:30:00Z")),
                                "shop",
                                "ingest",
                                "malformed",
                                "changes.shop",
                                0L,
                                1L << 60,
                                null,
                                WireTime.micros(Instant.parse("2026-11-28T09:29:59.250Z")),
                                "It is not JSON.",
                                null,
                                new byte[] {0, (byte) 0xff, 10},
                                slice("{\"a\":\"b\"}"))));
    }

    private static byte[] seed(long place) {
        return String.format("%016x", place).getBytes(StandardCharsets.US_ASCII);
    }

    private static @Nullable Slice slice(@Nullable String json) {
        return json == null ? null : new Slice(json.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void packsAreThoseOfTheVectors() throws Exception {
        Map<String, byte[]> packs = new LinkedHashMap<>();
        packs.put("entry.zip", made(PackRequest.ofEntry(UPDATE), List.of()));
        packs.put(
                "row.zip",
                made(row("TEA-01", false), List.of(log.checkpoint(2), log.checkpoint(4))));
        packs.put("whole.zip", made(row("TEA-01", true), List.of()));
        packs.put("absent.zip", made(row("TEA-99", true), List.of()));
        for (Map.Entry<String, byte[]> pack : packs.entrySet()) {
            Path file = VECTORS.resolve(pack.getKey());
            if ("write".equals(System.getProperty("daybook.vectors"))) {
                Files.createDirectories(VECTORS);
                Files.write(file, pack.getValue());
            }
            // How well it is packed is the JDK's matter.
            assertThat(members(pack.getValue()))
                    .as(pack.getKey())
                    .isEqualTo(members(Files.readAllBytes(file)));
        }
        Map<String, String> texts =
                Map.of(
                        "key", VectorLog.SIGNER.key() + "\n",
                        "kept", log.checkpoint(4),
                        "newest", log.checkpoint(6));
        for (Map.Entry<String, String> text : texts.entrySet()) {
            Path file = VECTORS.resolve(text.getKey());
            if ("write".equals(System.getProperty("daybook.vectors"))) {
                Files.writeString(file, text.getValue());
            }
            assertThat(Files.readString(file)).isEqualTo(text.getValue());
        }
    }

    @Test
    void membersAreWrittenInOrderAndCarryNoTime() throws Exception {
        byte[] pack = made(PackRequest.ofEntry(UPDATE), List.of());

        assertThat(members(pack).keySet())
                .containsExactly(
                        java.util.Arrays.stream(PackMember.values())
                                .map(PackMember::fileName)
                                .toArray(String[]::new));
        assertThat(made(PackRequest.ofEntry(UPDATE), List.of())).isEqualTo(pack);
    }

    @Test
    void seedsAreInNoPack() throws Exception {
        String text = String.join("", members(made(row("TEA-01", true), List.of())).values());

        for (long offset = 0; offset < 8; offset++) {
            byte[] seed = seed(Place.of(1, offset));
            assertThat(text)
                    .doesNotContain(java.util.HexFormat.of().formatHex(seed))
                    .doesNotContain(new String(seed, StandardCharsets.US_ASCII));
        }
    }

    @Test
    void aRowThatIsNotWhatWasSealedMakesNoPack() {
        StoredRow row = rows.row(Place.of(1, 3));
        rows.replace(new StoredRow(row.place(), new byte[16], row.content()));

        for (boolean whole : new boolean[] {false, true}) {
            assertThatThrownBy(() -> made(row("TEA-01", whole), List.of()))
                    .isInstanceOfSatisfying(
                            PackProblem.class,
                            problem ->
                                    assertThat(problem.kind()).isEqualTo(PackProblem.Kind.BROKEN))
                    .hasMessageContaining("entry " + UPDATE)
                    .hasMessageContaining("./daybook verify");
        }
    }

    @Test
    void aRowThatIsGoneMakesNoWholePack() {
        rows.remove(Place.of(3, 10));

        assertThatThrownBy(() -> made(row("TEA-01", true), List.of()))
                .hasMessageContaining("1 of 10 rows that were sealed together are gone");
    }

    @Test
    void aCheckpointOfAnotherLogMakesNoPack() {
        VectorLog other = new VectorLog();
        other.add(1, new LogLeaf.Heartbeat(List.of()), List.of());
        other.add(2, new LogLeaf.Heartbeat(List.of()), List.of());

        assertThatThrownBy(() -> made(row("TEA-01", false), List.of(other.checkpoint(2))))
                .hasMessageContaining("does not continue a checkpoint of 2 leaves");
    }

    @Test
    void itContinuesWhatAnchorsHaveTaken() throws Exception {
        String checkpoints =
                members(madeOf(with(log.checkpoint(3)), List.of(log.checkpoint(4))))
                        .get("checkpoints.jsonl");

        assertThat(checkpoints.lines())
                .hasSize(2)
                .anyMatch(line -> line.contains(JsonText.quoted(log.checkpoint(3))))
                .anyMatch(line -> line.contains(JsonText.quoted(log.checkpoint(4))));
    }

    @Test
    void aLogThatDoesNotContinueWhatAnchorsHaveTakenMakesNoPack() {
        VectorLog other = new VectorLog();
        other.add(1, new LogLeaf.Heartbeat(List.of()), List.of());

        assertThatThrownBy(() -> madeOf(with(other.checkpoint(1)), List.of()))
                .hasMessageContaining("does not continue a checkpoint of 1 leaves");
    }

    /** What is kept in memory is of one log, and another in its place is noticed. */
    @Test
    void aLogInThePlaceOfAnotherIsReadAnew() throws Exception {
        LogFiles[] now = {log};
        CachedLog cached = new CachedLog(path -> now[0].read(path));
        byte[] first = madeOf(cached, List.of());
        VectorLog other = new VectorLog();
        other.add(
                1, new LogLeaf.Beginning(VectorLog.SIGNER.key().toString(), List.of()), List.of());

        assertThat(madeOf(cached, List.of())).isEqualTo(first);
        for (int i = 0; i < 40; i++) {
            other.add(2 + i, new LogLeaf.Heartbeat(List.of()), List.of());
        }
        now[0] = other;
        assertThat(SealedReach.read(cached)).extracting(SealedReach::leaves).isEqualTo(41L);
        other.add(50, new LogLeaf.Heartbeat(List.of()), List.of());
        assertThat(SealedReach.read(cached)).extracting(SealedReach::leaves).isEqualTo(42L);
        now[0] = log;
        assertThat(madeOf(cached, List.of())).isEqualTo(first);
    }

    private LogFiles with(String receipt) {
        return path ->
                path.equals(Receipts.FILE) ? Receipts.NONE.with(receipt).toBytes() : log.read(path);
    }

    private byte[] madeOf(LogFiles files, List<String> kept) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PackMaker.make(rows, files, kept, row("TEA-01", false), out);
        return out.toByteArray();
    }

    @Test
    void whatTheLogDoesNotHaveIsSaid() {
        assertThatThrownBy(() -> made(row("TEA-99", false), List.of()))
                .isInstanceOfSatisfying(
                        PackProblem.class,
                        problem ->
                                assertThat(problem.kind()).isEqualTo(PackProblem.Kind.NOT_FOUND));
        assertThatThrownBy(
                        () ->
                                PackMaker.make(
                                        rows,
                                        path -> null,
                                        List.of(),
                                        row("TEA-01", false),
                                        new ByteArrayOutputStream()))
                .isInstanceOfSatisfying(
                        PackProblem.class,
                        problem -> assertThat(problem.kind()).isEqualTo(PackProblem.Kind.NO_LOG));
    }

    @Test
    void whoChangedItIsCountedAsNotSealedYetToo() throws Exception {
        assertThat(made(PackRequest.ofEntry(UPDATE)).unsealed()).isZero();

        // When
        rows.add(
                segment(2, "transactions", 2, 3, 0, 1, 682, account(0, List.of())),
                List.of(context(2, 7431, "anna")),
                PERSONAL);

        // Then
        PackMaker.Made made = made(PackRequest.ofEntry(UPDATE));
        assertThat(made.entries()).isEqualTo(1);
        assertThat(made.unsealed()).isEqualTo(1);
    }

    private PackMaker.Made made(PackRequest request) throws Exception {
        return PackMaker.make(rows, log, List.of(), request, new ByteArrayOutputStream());
    }

    private static PackRequest row(String key, boolean whole) {
        return new PackRequest(null, null, "public.products", key, whole, null, null);
    }

    private byte[] made(PackRequest request, List<String> kept) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PackMaker.make(rows, log, kept, request, out);
        return out.toByteArray();
    }

    private static Map<String, String> members(byte[] zip) throws IOException {
        Map<String, String> members = new LinkedHashMap<>();
        List<String> times = new ArrayList<>();
        try (ZipInputStream in = new ZipInputStream(new java.io.ByteArrayInputStream(zip))) {
            for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                members.put(entry.getName(), new String(in.readAllBytes(), StandardCharsets.UTF_8));
                times.add(String.valueOf(entry.getTimeLocal()));
            }
        }
        assertThat(times).allMatch(time -> time.startsWith("1980-01-01"));
        return members;
    }
}
