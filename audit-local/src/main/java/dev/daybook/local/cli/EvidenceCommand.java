package dev.daybook.local.cli;

import dev.daybook.contract.TableName;
import dev.daybook.domain.EntityKey;
import dev.daybook.local.Screen;
import dev.daybook.local.UserError;
import dev.daybook.local.pipeline.ConnectionInfo;
import dev.daybook.local.pipeline.Sealing;
import dev.daybook.local.postgres.DatabaseUrl;
import dev.daybook.pack.LogFiles;
import dev.daybook.pack.PackMaker;
import dev.daybook.pack.PackProblem;
import dev.daybook.pack.PackRequest;
import dev.daybook.seal.FileAnchor;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import tools.jackson.databind.json.JsonMapper;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;

@Command(
        name = "evidence",
        description = {
            "Makes a pack of evidence about an entry, or about a row: a file that someone who trusts neither this machine"
                    + " nor Daybook can check offline. Writes the verifier beside it, one jar that needs a JDK of 17 or newer.",
            "Exit code 0 when it is made, 1 when there is nothing that could be proven, or it is not what was sealed."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        sortOptions = false)
final class EvidenceCommand implements Callable<Integer> {

    static final String VERIFIER = "daybook-verifier.jar";

    /** Longer than the sealer needs when it works. */
    private static final Duration WAIT = Duration.ofSeconds(15);

    /** The most of the keeper's own anchored checkpoints that a pack continues. */
    private static final int MOST_ANCHORED = 20;

    @Mixin private DataDirectoryOption data = new DataDirectoryOption();

    @Parameters(
            index = "0",
            paramLabel = "ENTRY-ID|TABLE",
            description = "An entry's id, or schema.table.")
    private String subject = "";

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "KEY",
            description =
                    "With a table: the key's value; for a key of several columns a JSON array of the values,"
                            + " [42,\"a\"].")
    private @Nullable String key;

    @Option(
            names = "--whole",
            description =
                    "Show every row that was sealed, of other rows too, so that the pack proves that there is nothing more"
                            + " about this one. Give it to nobody who may not see them.")
    private boolean whole;

    @Option(
            names = "--source",
            paramLabel = "NAME",
            description = "The row's source; without it of any.")
    private @Nullable String source;

    @Option(
            names = "--from",
            paramLabel = "TIME",
            converter = MomentConverter.class,
            description = "Of a row: committed then or later; with --whole: sealed then or later.")
    private @Nullable Instant from;

    @Option(
            names = "--to",
            paramLabel = "TIME",
            converter = MomentConverter.class,
            description = "Committed before; with --whole: sealed before.")
    private @Nullable Instant to;

    @Option(
            names = {"-o", "--out"},
            paramLabel = "FILE",
            description =
                    "Where to write the pack, which must not be there yet; without it a name is made.")
    private @Nullable Path out;

    @Option(
            names = "--anchor",
            paramLabel = "FILE",
            description =
                    "Checkpoints that the reader has kept; the pack shows that the log continues each.")
    private List<Path> anchors = List.of();

    @Option(names = "--no-verifier", description = "Do not write the verifier beside the pack.")
    private boolean noVerifier;

    @Option(names = "--json", description = "Print what was made as JSON.")
    private boolean json;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() throws IOException, SQLException {
        PackRequest request = request();
        ConnectionInfo connection = data.runningConnection();
        Path pack = out == null ? Path.of("evidence-" + fileName() + ".zip") : out;
        if (Files.exists(pack)) {
            throw new UserError(
                    "The file " + pack + " is there already.", "Name another by --out.");
        }
        List<String> kept = kept();
        Path fresh = pack.resolveSibling(pack.getFileName() + ".part");
        try {
            PackMaker.Made made = made(connection, request, kept, fresh);
            Files.move(fresh, pack, StandardCopyOption.ATOMIC_MOVE);
            print(pack, noVerifier ? null : verifier(pack), made);
            return 0;
        } catch (PackProblem problem) {
            if (problem.kind() == PackProblem.Kind.NO_LOG
                    || problem.kind() == PackProblem.Kind.TOO_LARGE) {
                throw new UserError(String.valueOf(problem.getMessage()), "");
            }
            spec.commandLine().getErr().println(Screen.line("daybook: " + problem.getMessage()));
            return 1;
        } finally {
            Files.deleteIfExists(fresh);
        }
    }

    private PackRequest request() {
        if (key == null) {
            UUID id = id(subject);
            if (id == null) {
                throw new UserError(
                        "'" + subject + "' is no id of an entry, and no key is given.",
                        "Give an entry's id, or a table and a key.");
            }
            if (whole || source != null || from != null || to != null) {
                throw new UserError(
                        "--whole, --source, --from and --to are about a row, and an entry is given.",
                        "Give a table and a key, or leave them out.");
            }
            return PackRequest.ofEntry(id);
        }
        try {
            TableName table =
                    TableName.parse(subject.indexOf('.') < 0 ? "public." + subject : subject);
            return new PackRequest(null, source, table.toString(), key, whole, from, to);
        } catch (IllegalArgumentException e) {
            throw new UserError(String.valueOf(e.getMessage()), "");
        }
    }

    private static @Nullable UUID id(String text) {
        try {
            return text.length() == 36 ? UUID.fromString(text) : null;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private String fileName() {
        String name = key == null ? subject : subject + "-" + key;
        String plain = name.replaceAll("[^A-Za-z0-9._-]+", "_");
        return plain.substring(0, Math.min(plain.length(), 80));
    }

    private List<String> kept() throws IOException {
        List<String> kept = new ArrayList<>();
        for (Path anchor : anchors) {
            List<String> checkpoints = new FileAnchor(anchor).checkpoints();
            if (checkpoints.isEmpty()) {
                throw new UserError(
                        "There is no checkpoint in " + anchor + ".", "Name another file.");
            }
            kept.addAll(checkpoints);
        }
        List<String> anchored = Sealing.checkpoints(data.directory());
        int step = Math.max(1, anchored.size() / MOST_ANCHORED);
        for (int i = anchored.size() - 1; i >= 0; i -= step) {
            kept.add(anchored.get(i));
        }
        return kept;
    }

    /** Makes the pack; waits for the sealer where it has not sealed all that there is. */
    private PackMaker.Made made(
            ConnectionInfo connection, PackRequest request, List<String> kept, Path file)
            throws IOException, SQLException, PackProblem {
        long end = System.nanoTime() + WAIT.toNanos();
        PackRequest asked = request;
        while (true) {
            try {
                PackMaker.Made made = attempt(connection, asked, kept, file);
                PackRequest respelled = made.entries() == 0 ? respelled(asked) : null;
                if (respelled != null) {
                    asked = respelled;
                    continue;
                }
                if (made.unsealed() == 0 || System.nanoTime() >= end) {
                    return made;
                }
            } catch (PackProblem problem) {
                PackRequest respelled = respelled(asked);
                if (problem.kind() == PackProblem.Kind.NOT_FOUND && respelled != null) {
                    asked = respelled;
                    continue;
                }
                if (problem.kind() != PackProblem.Kind.NOT_YET || System.nanoTime() >= end) {
                    throw problem;
                }
            }
            try {
                Thread.sleep(200);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new UserError("Interrupted while waiting for the sealer.", "Ask again.");
            }
        }
    }

    /** Returns the same with the log's spelling of the key; null if it has that already. */
    private static @Nullable PackRequest respelled(PackRequest request) {
        EntityKey key = request.key() == null ? null : EntityKey.respelled(request.key());
        return key == null
                ? null
                : new PackRequest(
                        null,
                        request.source(),
                        request.table(),
                        key.text(),
                        request.whole(),
                        request.from(),
                        request.to());
    }

    private PackMaker.Made attempt(
            ConnectionInfo connection, PackRequest request, List<String> kept, Path file)
            throws IOException, SQLException, PackProblem {
        DatabaseUrl audit = DatabaseUrl.parse(connection.auditUrl(), System.getenv());
        try (Connection database = audit.connect("the audit database");
                OutputStream stream =
                        new BufferedOutputStream(Files.newOutputStream(file), 1 << 16)) {
            database.setAutoCommit(false);
            database.setReadOnly(true);
            database.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            return PackMaker.make(
                    database, LogFiles.in(Sealing.log(data.directory())), kept, request, stream);
        }
    }

    /** Writes the verifier beside the pack. */
    private static Path verifier(Path pack) throws IOException {
        Path jar = pack.resolveSibling(VERIFIER);
        try (InputStream in = EvidenceCommand.class.getResourceAsStream("/" + VERIFIER)) {
            if (in == null) {
                throw new UserError(
                        "The verifier is not in this build.",
                        "Build it: mvn package -pl audit-local -am.");
            }
            Files.copy(in, jar, StandardCopyOption.REPLACE_EXISTING);
        }
        return jar;
    }

    private void print(Path pack, @Nullable Path verifier, PackMaker.Made made) {
        PrintWriter to = spec.commandLine().getOut();
        if (json) {
            Map<String, Object> members = new LinkedHashMap<>();
            members.put("pack", pack.toString());
            members.put("verifier", verifier == null ? null : verifier.toString());
            members.put("key", made.key());
            members.put("entries", made.entries());
            members.put("other_rows", made.others());
            members.put("whole", whole);
            members.put("unsealed_rows", made.unsealed());
            members.put("entries_from_before_sealing", made.unplaced());
            to.println(JsonMapper.builder().build().writeValueAsString(members));
            return;
        }
        to.println(
                Screen.line(
                        pack
                                + ": "
                                + made.entries()
                                + (made.entries() == 1 ? " entry" : " entries")
                                + " and "
                                + made.others()
                                + (made.others() == 1 ? " other row." : " other rows.")));
        if (made.unsealed() > 0) {
            to.println(made.unsealed() + " rows are not sealed yet, and are not in it.");
        }
        if (made.unplaced() > 0) {
            to.println(
                    made.unplaced()
                            + " entries were stored before the log was sealed, and are not sealed as found yet.");
        }
        to.println("Check it anywhere, without a network, with a JDK of 17 or newer:");
        to.println(
                Screen.line(
                        "  java -jar "
                                + (verifier == null ? VERIFIER : verifier.getFileName())
                                + " "
                                + pack.getFileName()
                                + " --key '"
                                + made.key()
                                + "'"));
        to.println(
                "Whoever checks it should have the key by another way than the pack, such as from an auditor's earlier visit.");
    }
}
