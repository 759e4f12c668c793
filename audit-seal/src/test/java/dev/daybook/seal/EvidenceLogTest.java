package dev.daybook.seal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.evidence.Checkpoint;
import dev.daybook.evidence.LogLeaf;
import dev.daybook.evidence.NoteSigner;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

class EvidenceLogTest {

    private final NoteSigner signer = NoteSigner.generate("daybook.test");
    private final Random random = seeded();
    private int count;

    @TempDir private Path directory;

    @Test
    void twoSealersNeverForkWhereverOneIsKilled() throws IOException {
        List<String> seen = new ArrayList<>();
        int appended = 0;
        int killed = 0;
        for (int round = 0; round < 60; round++) {
            Mortal mortal = new Mortal(new DirectoryStore(directory), random.nextInt(25), seen);
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
        DirectoryStore store = new DirectoryStore(directory);
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
        DirectoryStore real = new DirectoryStore(directory.resolve("real"));
        DirectoryStore forged = new DirectoryStore(directory.resolve("forged"));
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

    private List<String> kinds(LogStore store, List<String> outside) throws IOException {
        Checkpoint newest = SealedLog.newest(store, signer.key());
        return SealedLog.read(store, signer.key(), newest, outside).findings.stream()
                .map(Report.Finding::kind)
                .filter(kind -> !kind.equals("log"))
                .toList();
    }

    private List<EvidenceLog.Addition> leaves() {
        List<EvidenceLog.Addition> leaves = new ArrayList<>();
        for (int i = random.nextInt(200); i >= 0; i--) {
            leaves.add(leaf());
        }
        return leaves;
    }

    private EvidenceLog.Addition leaf() {
        return new EvidenceLog.Addition(
                new LogLeaf(1_763_803_800_000_000L + count++, new LogLeaf.Heartbeat(List.of())),
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

    /** Lets so many changes through, and is dead afterwards; looks at the checkpoint after each. */
    private static final class Mortal implements LogStore {

        private final LogStore store;
        private final List<String> seen;
        private int lives;

        Mortal(LogStore store, int lives, List<String> seen) {
            this.store = store;
            this.lives = lives;
            this.seen = seen;
        }

        private void live() throws IOException {
            store.read(EvidenceLog.CHECKPOINT)
                    .ifPresent(note -> seen.add(new String(note, StandardCharsets.UTF_8)));
            if (lives-- <= 0) {
                throw new Killed();
            }
        }

        @Override
        public Optional<byte[]> read(String path) throws IOException {
            return store.read(path);
        }

        @Override
        public void write(String path, byte[] content) throws IOException {
            live();
            store.write(path, content);
        }

        @Override
        public boolean replace(String path, Optional<byte[]> expected, byte[] content)
                throws IOException {
            live();
            return store.replace(path, expected, content);
        }

        @Override
        public void delete(String path) throws IOException {
            live();
            store.delete(path);
        }
    }
}
