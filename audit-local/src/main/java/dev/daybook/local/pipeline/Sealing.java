package dev.daybook.local.pipeline;

import dev.daybook.contract.Topic;
import dev.daybook.evidence.NoteSigner;
import dev.daybook.evidence.Policy;
import dev.daybook.local.OwnerOnly;
import dev.daybook.local.UserError;
import dev.daybook.local.postgres.DatabaseUrl;
import dev.daybook.seal.Anchor;
import dev.daybook.seal.Anchors;
import dev.daybook.seal.DirectoryStore;
import dev.daybook.seal.Report;
import dev.daybook.seal.Sealer;
import dev.daybook.seal.SealerKey;
import dev.daybook.seal.SealerSettings;
import dev.daybook.seal.SealerState;
import dev.daybook.seal.SegmentsTopic;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;

/**
 * Seals the audit log of one machine: a log, its key and its policy in {@code evidence/}. Here the
 * owner of the machine owns all of it; an anchor elsewhere is what he cannot change.
 */
public final class Sealing {

    /** How often the whole log is verified. */
    private static final Duration VERIFY_EVERY = Duration.ofDays(1);

    private Sealing() {}

    static Sealer start(DataDirectory directory, DatabaseUrl audit, Map<String, String> kafka)
            throws IOException {
        OwnerOnly.directory(directory.evidence());
        Path key = directory.evidence().resolve("sealer.key");
        NoteSigner signer = SealerKey.of(key, "daybook.local/" + UUID.randomUUID());
        Path policy = policy(directory);
        if (!Files.exists(policy)) {
            OwnerOnly.write(policy, Policy.of(signer.key()).getBytes(StandardCharsets.UTF_8));
        }
        DirectoryStore store = new DirectoryStore(log(directory));
        // Nobody else writes there: this process has the data directory.
        store.removeUnfinished(Duration.ZERO);
        SegmentsTopic.ensure(kafka, Topic.SEGMENTS.defaultName(), 1);
        Properties user = new Properties();
        user.setProperty("user", audit.user());
        user.setProperty("password", audit.password());
        user.setProperty("ApplicationName", "daybook sealer");
        user.setProperty("socketTimeout", "120");
        return Sealer.start(
                new SealerSettings(
                        store,
                        signer,
                        audit.jdbcUrl(),
                        user,
                        kafka,
                        Topic.SEGMENTS.defaultName(),
                        anchors(directory),
                        VERIFY_EVERY),
                Clock.systemUTC());
    }

    /** Returns whether what is stored there was sealed by an earlier start. */
    public static boolean isSealed(DataDirectory directory) {
        return Files.exists(policy(directory));
    }

    /** Returns the directory of the log itself. */
    public static Path log(DataDirectory directory) {
        return directory.evidence().resolve("log");
    }

    /** Returns the policy that trusts this log; a verifier elsewhere keeps a copy of his own. */
    public static Path policy(DataDirectory directory) {
        return directory.evidence().resolve("policy");
    }

    /**
     * Returns where checkpoints are kept: in the data directory unless DAYBOOK_ANCHOR names places.
     */
    public static List<Anchor> anchors(DataDirectory directory) {
        try {
            return Anchors.of(
                    System.getenv(),
                    directory.evidence().resolve("checkpoints"),
                    Clock.systemUTC());
        } catch (IllegalArgumentException e) {
            throw new UserError(
                    "The anchors cannot be used: " + e.getMessage(),
                    "Correct " + Anchors.PLACES + ".");
        }
    }

    /** Returns the checkpoints that the anchors have. */
    public static List<String> checkpoints(DataDirectory directory) throws IOException {
        List<String> checkpoints = new ArrayList<>();
        for (Anchor anchor : anchors(directory)) {
            checkpoints.addAll(anchor.checkpoints());
        }
        return checkpoints;
    }

    static PartState state(Sealer sealer) {
        SealerState state = sealer.state();
        SealerState.Verified verified = state.verified();
        if (state.failure() != null) {
            return PartState.failed("sealer", state.failure());
        }
        if (!state.anchorFailures().isEmpty()) {
            return PartState.failed(
                    "sealer", "seals, but anchors cannot be written: " + state.anchorFailures());
        }
        if (verified != null && verified.outcome() == Report.Outcome.BROKEN) {
            return PartState.failed(
                    "sealer",
                    "the log was found broken at " + verified.at() + ": run ./daybook verify");
        }
        StringBuilder words = new StringBuilder("running, " + state.leaves() + " leaves");
        state.completeUntil()
                .forEach(
                        (source, until) ->
                                words.append(", ")
                                        .append(source)
                                        .append(" sealed as complete until ")
                                        .append(until));
        if (state.anchoredAt() != null) {
            words.append(", anchored at ").append(state.anchoredAt());
        }
        if (verified != null) {
            words.append(", verified at ").append(verified.at());
        }
        return PartState.working("sealer", words.toString());
    }
}
