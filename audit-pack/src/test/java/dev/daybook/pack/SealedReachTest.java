package dev.daybook.pack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.daybook.evidence.Anchored;
import dev.daybook.evidence.LogLeaf;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;

class SealedReachTest {

    private final VectorLog log = new VectorLog();

    @Test
    void aLogThatIsNotSealedHasNone() throws Exception {
        assertThat(SealedReach.read(path -> null)).isNull();
    }

    @Test
    void theLastHeartbeatSaysUntilWhenAndTheAnchorWhatOfItIsKnownOutside() throws Exception {
        log.add(
                1_000_000,
                new LogLeaf.Beginning(VectorLog.SIGNER.key().toString(), List.of()),
                List.of());
        heartbeat(2_000_000, 1_500_000);
        log.add(3_000_000, new LogLeaf.Coverage(List.of("trigger x")), List.of());
        heartbeat(62_000_000, 61_000_000);

        SealedReach sealed = SealedReach.read(log);
        SealedReach anchored = SealedReach.read(with(new Anchored(3, 4_000_000).toBytes()));

        assertThat(sealed.leaves()).isEqualTo(4);
        assertThat(sealed.sealedAt()).isEqualTo(Instant.ofEpochSecond(62));
        assertThat(sealed.sealed()).isEqualTo(Map.of("shop", Instant.ofEpochSecond(61)));
        assertThat(sealed.anchoredLeaves()).isZero();
        assertThat(sealed.anchoredAt()).isNull();
        assertThat(sealed.anchored()).isEmpty();
        assertThat(anchored.anchoredLeaves()).isEqualTo(3);
        assertThat(anchored.anchoredAt()).isEqualTo(Instant.ofEpochSecond(4));
        assertThat(anchored.anchored()).isEqualTo(Map.of("shop", Instant.ofEpochMilli(1_500)));
    }

    @Test
    void aNoteThatSaysMoreThanTheLogHasIsNotBelieved() throws Exception {
        log.add(1, new LogLeaf.Beginning(VectorLog.SIGNER.key().toString(), List.of()), List.of());

        assertThat(SealedReach.read(with(new Anchored(99, 5).toBytes())).anchoredLeaves())
                .isEqualTo(1);
        assertThatThrownBy(() -> SealedReach.read(with("soon".getBytes(StandardCharsets.US_ASCII))))
                .isInstanceOf(PackProblem.class)
                .hasMessageContaining("note of what is anchored");
    }

    private void heartbeat(long at, long until) {
        log.add(
                at,
                new LogLeaf.Heartbeat(List.of(new LogLeaf.Complete("shop", until, null))),
                List.of());
    }

    private LogFiles with(byte[] note) {
        return path -> path.equals(Anchored.FILE) ? note : log.read(path);
    }
}
