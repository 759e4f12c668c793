package dev.daybook.seal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.evidence.Checkpoint;
import dev.daybook.evidence.LogLeaf;
import dev.daybook.evidence.NoteSigner;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What holds of a log wherever it is kept: two sealers never fork it, one killed at any moment does
 * not either.
 */
abstract class EvidenceLogContract {

    private final NoteSigner signer = NoteSigner.generate("daybook.test");
    private final Random random = seeded();
    private final AtomicInteger count = new AtomicInteger();

    /** Returns the store of that name; the same name is the same log. */
    abstract LogStore store(String name) throws IOException;

    @Test
    void twoSealersNeverForkWhereverOneIsKilled() throws IOException {
        List<String> seen = new ArrayList<>();
        int appended = 0;
        int killed = 0;
        for (int round = 0; round < 60; round++) {
            Mortal mortal =
                    new Mortal(store("log"), random.nextInt(25), random.nextBoolean(), seen);
            try {
                EvidenceLog one = new EvidenceLog(mortal, signer);
                EvidenceLog other = new EvidenceLog(mortal, signer);
                for (int i = 0; i < 3; i++) {
                    appended += one.append(leaves(), 0, Map.of(), List.of()) ? 1 : 0;
                    if (other.append(leaves(), 0, Map.of(), List.of())) {
                        throw new AssertionError("The other did not notice.");
                    }
                    one = new EvidenceLog(mortal, signer);
                    other = new EvidenceLog(mortal, signer);
                    appended += other.append(leaves(), 0, Map.of(), List.of()) ? 1 : 0;
                    one = new EvidenceLog(mortal, signer);
                }
            } catch (Killed e) {
                killed++;
            }
        }
        LogStore store = store("log");
        assertThat(
                        new EvidenceLog(store, signer)
                                .append(
                                        List.of(leaf()),
                                        7,
                                        Map.of(3L, 9L),
                                        List.of("complete =shop 5 -")))
                .isTrue();

        assertThat(appended).isGreaterThan(10);
        assertThat(killed).isGreaterThan(10);
        // Every checkpoint that anybody saw on the way is one of the log's.
        Checkpoint newest = SealedLog.newest(store, signer.key());
        assertThat(newest).isNotNull();
        SealedLog log = SealedLog.read(store, signer.key(), newest, seen);
        assertThat(log.findings).isEmpty();
        assertThat(new EvidenceLog(store, signer).head().next()).isEqualTo(7);
        assertThat(new EvidenceLog(store, signer).head().streams())
                .containsExactly(Map.entry(3L, 9L));
        assertThat(new EvidenceLog(store, signer).head().complete())
                .containsExactly("complete =shop 5 -");
        long before = -1;
        for (String note : seen) {
            Checkpoint checkpoint = Checkpoint.open(note, signer.key());
            assertThat(checkpoint.size()).isGreaterThanOrEqualTo(before);
            before = checkpoint.size();
        }
    }

    @Test
    void aLogThatIsForgedWithTheKeyIsFoundByWhoeverKeptACheckpoint() throws IOException {
        LogStore real = store("real");
        LogStore forged = store("forged");
        EvidenceLog log = new EvidenceLog(real, signer);
        EvidenceLog other = new EvidenceLog(forged, signer);
        log.append(List.of(leaf(), leaf()), 0, Map.of(), List.of());
        other.append(List.of(leaf(), leaf(), leaf()), 0, Map.of(), List.of());
        String kept =
                new String(real.read(EvidenceLog.CHECKPOINT).orElseThrow(), StandardCharsets.UTF_8);

        assertThat(kinds(forged, List.of())).isEmpty();
        assertThat(kinds(forged, List.of(kept))).containsExactly("fork");

        log.append(List.of(leaf(), leaf()), 0, Map.of(), List.of());
        String later =
                new String(real.read(EvidenceLog.CHECKPOINT).orElseThrow(), StandardCharsets.UTF_8);
        assertThat(kinds(forged, List.of(later))).containsExactly("rollback");
        assertThat(kinds(real, List.of(kept, later))).isEmpty();
    }

    @Test
    void twoSealersAtOnceNeverFork() throws Exception {
        List<String> seen = Collections.synchronizedList(new ArrayList<>());
        CyclicBarrier together = new CyclicBarrier(2);
        Callable<Integer> sealer =
                () -> {
                    LogStore store = store("log");
                    int appended = 0;
                    together.await();
                    for (int attempt = 0; attempt < 200 && appended < 15; attempt++) {
                        try {
                            EvidenceLog log = new EvidenceLog(store, signer);
                            appended += log.append(leaves(), 0, Map.of(), List.of()) ? 1 : 0;
                        } catch (NoSuchElementException e) {
                            // The other has gone on and taken a partial file away; a sealer then
                            // starts over.
                        }
                        store.read(EvidenceLog.CHECKPOINT)
                                .ifPresent(
                                        note -> seen.add(new String(note, StandardCharsets.UTF_8)));
                    }
                    return appended;
                };
        try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
            for (Future<Integer> of : threads.invokeAll(List.of(sealer, sealer))) {
                assertThat(of.get()).isGreaterThan(0);
            }
        }
        LogStore store = store("log");
        long size = new EvidenceLog(store, signer).head().size();

        Checkpoint newest = SealedLog.newest(store, signer.key());
        assertThat(newest).isNotNull();
        assertThat(newest.size()).isEqualTo(size);
        assertThat(SealedLog.read(store, signer.key(), newest, seen).findings).isEmpty();
    }

    @Test
    void aFileIsReplacedOnlyIfItStillIsWhatItWas() throws IOException {
        LogStore store = store("files");
        byte[] one = {1};
        byte[] other = {2};

        assertThat(store.read("a/b")).isEmpty();
        assertThat(store.replace("a/b", Optional.of(one), other)).isFalse();
        assertThat(store.replace("a/b", Optional.empty(), one)).isTrue();
        assertThat(store.replace("a/b", Optional.empty(), other)).isFalse();
        assertThat(store.replace("a/b", Optional.of(other), new byte[] {3})).isFalse();
        assertThat(store.replace("a/b", Optional.of(one), other)).isTrue();
        assertThat(store.read("a/b")).hasValueSatisfying(b -> assertThat(b).isEqualTo(other));
        store.delete("a/b");
        store.delete("a/b");
        assertThat(store.replace("a/b", Optional.of(other), one)).isFalse();
        assertThat(store.read("a/b")).isEmpty();
    }

    private List<String> kinds(LogStore store, List<String> outside) throws IOException {
        Checkpoint newest = SealedLog.newest(store, signer.key());
        return SealedLog.read(store, signer.key(), newest, outside).findings.stream()
                .map(Report.Finding::kind)
                .filter(kind -> !kind.equals("log"))
                .toList();
    }

    private List<EvidenceLog.Addition> leaves() {
        List<EvidenceLog.Addition> leaves = new ArrayList<>();
        for (int i = length(); i >= 0; i--) {
            leaves.add(leaf());
        }
        return leaves;
    }

    private synchronized int length() {
        return random.nextInt(200);
    }

    private EvidenceLog.Addition leaf() {
        return new EvidenceLog.Addition(
                new LogLeaf(
                        1_763_803_800_000_000L + count.getAndIncrement(),
                        new LogLeaf.Heartbeat(List.of())),
                List.of());
    }

    private static Random seeded() {
        long seed = Long.getLong("daybook.seed", System.nanoTime());
        System.out.println("daybook.seed=" + seed);
        return new Random(seed);
    }

    /** Ends the process at one of its writes. */
    private static final class Killed extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    /**
     * Lets so many changes through, and is dead afterwards, before the next or before its answer;
     * looks at the checkpoint after each.
     */
    private static final class Mortal implements LogStore {

        private final LogStore store;
        private final List<String> seen;
        private final boolean changesLast;
        private int lives;

        Mortal(LogStore store, int lives, boolean changesLast, List<String> seen) {
            this.store = store;
            this.lives = lives;
            this.changesLast = changesLast;
            this.seen = seen;
        }

        private interface Change<T> {
            T make() throws IOException;
        }

        private <T> T live(Change<T> change) throws IOException {
            store.read(EvidenceLog.CHECKPOINT)
                    .ifPresent(note -> seen.add(new String(note, StandardCharsets.UTF_8)));
            if (lives-- <= 0) {
                if (changesLast && lives == -1) {
                    change.make();
                }
                throw new Killed();
            }
            return change.make();
        }

        @Override
        public Optional<byte[]> read(String path) throws IOException {
            return store.read(path);
        }

        @Override
        public void write(String path, byte[] content) throws IOException {
            live(
                    () -> {
                        store.write(path, content);
                        return true;
                    });
        }

        @Override
        public boolean replace(String path, Optional<byte[]> expected, byte[] content)
                throws IOException {
            return live(() -> store.replace(path, expected, content));
        }

        @Override
        public void delete(String path) throws IOException {
            live(
                    () -> {
                        store.delete(path);
                        return true;
                    });
        }
    }
}
