package dev.daybook.local.pipeline;

import dev.daybook.contract.Topic;
import dev.daybook.evidence.NoteSigner;
import dev.daybook.local.OwnerOnly;
import dev.daybook.local.postgres.DatabaseUrl;
import dev.daybook.seal.Anchor;
import dev.daybook.seal.DirectoryStore;
import dev.daybook.seal.Policy;
import dev.daybook.seal.Sealer;
import dev.daybook.seal.SealerKey;
import dev.daybook.seal.SealerSettings;
import dev.daybook.seal.SegmentsTopic;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;

/**
 * Seals the audit log of one machine: a log, its key and its policy in {@code evidence/}. Here the
 * owner of the machine owns all of it; an anchor elsewhere is what he cannot change.
 */
public final class Sealing {

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
        SegmentsTopic.ensure(kafka, Topic.SEGMENTS.defaultName(), 1);
        Properties user = new Properties();
        user.setProperty("user", audit.user());
        user.setProperty("password", audit.password());
        user.setProperty("ApplicationName", "daybook sealer");
        user.setProperty("socketTimeout", "120");
        return Sealer.start(
                new SealerSettings(
                        new DirectoryStore(log(directory)),
                        signer,
                        audit.jdbcUrl(),
                        user,
                        kafka,
                        Topic.SEGMENTS.defaultName(),
                        new Anchor(anchor(directory))),
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

    /** Returns the file of checkpoints; DAYBOOK_ANCHOR names one elsewhere. */
    public static Path anchor(DataDirectory directory) {
        String elsewhere = System.getenv("DAYBOOK_ANCHOR");
        return elsewhere == null || elsewhere.isBlank()
                ? directory.evidence().resolve("checkpoints")
                : Path.of(elsewhere);
    }

    static PartState state(Sealer sealer) {
        String failure = sealer.failure();
        return failure == null
                ? PartState.working("sealer", "running, " + sealer.size() + " leaves")
                : PartState.failed("sealer", failure);
    }
}
