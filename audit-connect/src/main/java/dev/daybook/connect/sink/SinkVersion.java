package dev.daybook.connect.sink;

import org.jspecify.annotations.Nullable;

/** The version that the artifact's manifest names. */
final class SinkVersion {

    private SinkVersion() {}

    static String text() {
        @Nullable String version = SinkVersion.class.getPackage().getImplementationVersion();
        return version == null ? "unpackaged" : version;
    }
}
