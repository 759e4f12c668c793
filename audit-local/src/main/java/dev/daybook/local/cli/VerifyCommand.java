package dev.daybook.local.cli;

import dev.daybook.bucket.LogBucket;
import dev.daybook.evidence.InvalidEvidenceException;
import dev.daybook.evidence.NoteKey;
import dev.daybook.evidence.Policy;
import dev.daybook.local.Screen;
import dev.daybook.local.UserError;
import dev.daybook.local.pipeline.Sealing;
import dev.daybook.local.postgres.DatabaseUrl;
import dev.daybook.seal.BucketStore;
import dev.daybook.seal.DirectoryStore;
import dev.daybook.seal.FileAnchor;
import dev.daybook.seal.LogStore;
import dev.daybook.seal.Report;
import dev.daybook.seal.Verification;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Callable;

@Command(
        name = "verify",
        description = {
            "Compares the audit log with what was sealed of it, and the seal with its key and with checkpoints that were"
                    + " kept elsewhere.",
            "Exit code 0 when it is intact, 1 when it is broken, 4 when that is not certain, 2 when it cannot be verified."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
final class VerifyCommand implements Callable<Integer> {

    /** Longer than the sealer needs when it works. */
    private static final Duration WAIT = Duration.ofSeconds(60);

    private static final int MOST_LINES = 100;

    @Mixin private DataDirectoryOption data = new DataDirectoryOption();

    @Option(
            names = "--policy",
            paramLabel = "FILE",
            description =
                    "Which key to trust: a file of yours. Without it the one in the data directory, which is the"
                            + " keeper's word.")
    private @Nullable Path policy;

    @Option(
            names = "--anchor",
            paramLabel = "FILE",
            description =
                    "Checkpoints that were kept elsewhere. Without it the data directory's own.")
    private @Nullable Path anchor;

    @Option(
            names = "--log",
            paramLabel = "PLACE",
            description =
                    "The sealed log, where it is not the data directory's: a directory, or s3://BUCKET/PREFIX with region"
                            + " and credentials as the AWS SDK finds them. Needs --policy.")
    private @Nullable String log;

    @Option(
            names = "--database",
            paramLabel = "URL",
            description =
                    "The audit database, where it is not that of the running pipeline:"
                            + " postgresql://daybook_reader@HOST/DATABASE, the password in PGPASSWORD.")
    private @Nullable String database;

    @Option(
            names = "--since-last",
            description =
                    "Compare only the rows that were sealed since the last verification by schedule that found the log"
                            + " intact.")
    private boolean sinceLast;

    @Option(names = "--json", description = "Print the outcome as JSON.")
    private boolean json;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() throws IOException, SQLException {
        NoteKey key = key(policy());
        List<String> kept = checkpoints();
        DatabaseUrl audit =
                DatabaseUrl.parse(
                        database == null ? data.runningConnection().auditUrl() : database,
                        System.getenv());
        // Says in a line why, where it cannot.
        audit.connect("audit database").close();
        Report report;
        try (LogBucket bucket = bucket()) {
            LogStore store =
                    bucket != null
                            ? new BucketStore(bucket)
                            : new DirectoryStore(
                                    log == null ? Sealing.log(data.directory()) : Path.of(log));
            Verification verification = new Verification(store, key, kept, WAIT);
            if (log != null && !verification.hasLog()) {
                throw new UserError(
                        "There is no sealed log in " + log + ".",
                        "Name the place that DAYBOOK_SEALER_LOG names for its sealer.");
            }
            report =
                    (sinceLast ? verification.sinceLast() : verification)
                            .run(audit.jdbcUrl(), login(audit), this::printProgress);
        } catch (IOException e) {
            throw new UserError(
                    "The log cannot be verified: " + e.getMessage(),
                    "Check that the sealed log can be read, and that the directory for temporary files has room.");
        }
        if (json) {
            printJson(report);
        } else {
            print(report);
        }
        return report.outcome().exitCode();
    }

    private Path policy() {
        if (policy != null) {
            return policy;
        }
        if (log != null) {
            throw new UserError(
                    "Nothing says which key to trust for the log in " + log + ".",
                    "Name the policy by --policy: the sealer writes it beside its log; keep your own copy of it.");
        }
        return Sealing.policy(data.directory());
    }

    /** Returns the bucket that the log is in; null if it is in a directory. */
    private @Nullable LogBucket bucket() {
        if (log == null || !LogBucket.isNamedBy(log)) {
            return null;
        }
        try {
            return LogBucket.at(log);
        } catch (IllegalArgumentException e) {
            throw new UserError(
                    "--log cannot be used: " + e.getMessage() + ".",
                    "Name it as s3://BUCKET/PREFIX, and its region by AWS_REGION.");
        }
    }

    private List<String> checkpoints() throws IOException {
        if (anchor != null) {
            return new FileAnchor(anchor).checkpoints();
        }
        return log == null ? Sealing.checkpoints(data.directory()) : List.of();
    }

    private static Properties login(DatabaseUrl audit) {
        Properties user = new Properties();
        user.setProperty("user", audit.user());
        user.setProperty("password", audit.password());
        return user;
    }

    private void printProgress(long rows) {
        PrintWriter err = spec.commandLine().getErr();
        err.println(rows + " rows compared");
        err.flush();
    }

    private static NoteKey key(Path file) throws IOException {
        if (!Files.exists(file)) {
            throw new UserError(
                    "There is no policy " + file + ".",
                    "Name one by --policy; a log has one from its first start without --no-seal.");
        }
        try {
            return Policy.parse(Files.readString(file));
        } catch (InvalidEvidenceException e) {
            throw new UserError(
                    "The policy " + file + " cannot be used: " + e.getMessage(), "Correct it.");
        }
    }

    private void print(Report report) {
        PrintWriter out = spec.commandLine().getOut();
        lines(out, "Missing", report.gaps());
        lines(out, "BROKEN", report.findings().stream().map(Report.Finding::inWords).toList());
        lines(out, "Not certain", report.unsure());
        lines(out, "Note", report.notes());
        lines(out, "Complete until", report.completeUntil());
        lines(out, "Sealed as complete until", report.sealedCompleteUntil());
        out.printf(
                Locale.ROOT,
                "%s: %d rows are as they were sealed or named above, %d came since the last seal, %d from before it began; %d"
                        + " leaves, sealed until %s.%n",
                outcome(report),
                report.verified(),
                report.unsealed(),
                report.earlier(),
                report.leaves(),
                report.sealedUntil() == null ? "never" : report.sealedUntil());
        if (log != null) {
            if (anchor == null) {
                out.println(
                        "No checkpoints that were kept elsewhere were named (--anchor): against whoever has the sealer's key"
                                + " this proves nothing.");
            }
        } else if (policy == null || anchor == null) {
            out.println(
                    "Key and checkpoints are those of the data directory where you did not name yours (--policy, --anchor):"
                            + " against its keeper they prove nothing.");
        }
    }

    private static String outcome(Report report) {
        return switch (report.outcome()) {
            case INTACT -> "Intact";
            case BROKEN -> "Broken";
            case INCONCLUSIVE -> "Not certain";
        };
    }

    private static void lines(PrintWriter out, String word, List<String> lines) {
        lines.stream()
                .limit(MOST_LINES)
                .forEach(line -> out.println(Screen.line(word + ": " + line)));
        if (lines.size() > MOST_LINES) {
            out.println(word + ": " + (lines.size() - MOST_LINES) + " more; --json lists all.");
        }
    }

    private void printJson(Report report) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("outcome", report.outcome().name().toLowerCase(Locale.ROOT));
        members.put("findings", report.findings());
        members.put("gaps", report.gaps());
        members.put("notes", report.notes());
        members.put("unsure", report.unsure());
        members.put("verified_rows", report.verified());
        members.put("unsealed_rows", report.unsealed());
        members.put("earlier_rows", report.earlier());
        members.put("leaves", report.leaves());
        members.put("sealed_until", report.sealedUntil());
        members.put("complete", report.completeUntil());
        members.put("sealed_complete", report.sealedCompleteUntil());
        spec.commandLine()
                .getOut()
                .println(JsonMapper.builder().build().writeValueAsString(members));
    }
}
