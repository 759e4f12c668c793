package dev.daybook.local.cli;

import picocli.CommandLine.IVersionProvider;

import java.util.Optional;

/** Says which build runs: the version of its archive, and the commit that the launcher found. */
final class Version implements IVersionProvider {

    @Override
    public String[] getVersion() {
        String version =
                Optional.ofNullable(Version.class.getPackage().getImplementationVersion())
                        .orElse("(not packaged)");
        String commit = System.getProperty("daybook.commit", "");
        return new String[] {"daybook " + version + (commit.isEmpty() ? "" : ", commit " + commit)};
    }
}
