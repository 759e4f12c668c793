package dev.daybook.connect.source;

/** The version of this artifact. */
final class Version {

    private Version() {}

    static String text() {
        String version = Version.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }
}
