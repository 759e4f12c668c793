package dev.daybook.seal;

import dev.daybook.evidence.NoteSigner;

import org.jspecify.annotations.Nullable;

import java.util.Map;
import java.util.Properties;

/**
 * What a sealer works with.
 *
 * @param databaseUrl the audit database
 * @param database user and password of a role that may read, and no more
 * @param kafka how clients reach the broker
 * @param topic the topic of segments, which has one partition
 * @param anchor a file outside; null: none
 */
public record SealerSettings(
        LogStore store,
        NoteSigner signer,
        String databaseUrl,
        Properties database,
        Map<String, String> kafka,
        String topic,
        @Nullable Anchor anchor) {}
