package dev.daybook.seal;

import dev.daybook.evidence.NoteSigner;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/**
 * What a sealer works with.
 *
 * @param databaseUrl the audit database
 * @param database user and password of a role that may read, and no more
 * @param kafka how clients reach the broker
 * @param topic the topic of segments, which has one partition
 * @param anchors where checkpoints are kept, asked at a start for the newest that they have
 * @param verifyEvery how often the whole log is verified; zero: never
 */
public record SealerSettings(
        LogStore store,
        NoteSigner signer,
        String databaseUrl,
        Properties database,
        Map<String, String> kafka,
        String topic,
        List<Anchor> anchors,
        Duration verifyEvery) {}
