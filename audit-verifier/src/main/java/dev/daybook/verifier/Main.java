package dev.daybook.verifier;

import dev.daybook.evidence.InvalidEvidenceException;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** The command line: {@code java -jar daybook-verifier.jar PACK}. */
public final class Main {

    /** The exit code for what the person at the keyboard can put right. */
    static final int MISUSE = 2;

    private static final String HELP =
            """
            Usage: java -jar daybook-verifier.jar PACK [--key KEY | --policy FILE] [--anchor FILE]...
                       [--page FILE | --no-page] [--json]

            Checks an evidence pack of a Daybook log, offline, and writes what follows from it as a page in plain words.

              PACK           the pack, a zip file that ./daybook evidence or GET /evidence made
              --key KEY      the log's verifier key, NAME+ID+KEY, as you were given it by another way than the pack
              --policy FILE  the same in a file: lines 'log KEY' and 'quorum none' (C2SP tlog-policy)
              --anchor FILE  signed checkpoints of the log that you have kept; can be given several times
              --page FILE    where to write the page; without it PACK with .html at its end
              --no-page      writes no page
              --json         prints the outcome as JSON

            Exit codes: 0 verified; 1 refused, and a line says what is wrong and where; 4 not certain, and a line says why;
            2 the check could not be made.
            """;

    private Main() {}

    public static void main(String[] arguments) {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        PrintStream err = new PrintStream(System.err, true, StandardCharsets.UTF_8);
        System.exit(run(arguments, new PrintWriter(out, true), new PrintWriter(err, true)));
    }

    /** Runs the command; returns its exit code. */
    static int run(String[] arguments, PrintWriter out, PrintWriter err) {
        try {
            Arguments given = Arguments.parse(arguments);
            if (given.help()) {
                out.print(HELP);
                out.flush();
                return 0;
            }
            String digest = digest(given);
            Report report = PackCheck.check(given.pack(), given.trusted(), given.kept());
            if (given.page() != null) {
                Files.writeString(given.page(), Page.of(report, given.pack().toString(), digest));
            }
            Summary.print(report, given, digest, out);
            return report.outcome().exitCode;
        } catch (NoSuchFileException e) {
            err.println(
                    "daybook-verifier: There is no file "
                            + Plain.line(e.getFile())
                            + ". --help says more.");
        } catch (IOException e) {
            err.println("daybook-verifier: " + Plain.line(String.valueOf(e)));
        } catch (InvalidEvidenceException | IllegalArgumentException e) {
            err.println(
                    "daybook-verifier: "
                            + Plain.line(String.valueOf(e.getMessage()))
                            + " --help says more.");
        } catch (OutOfMemoryError e) {
            err.println(
                    "daybook-verifier: The pack needs more memory than there is. Give more: java -Xmx4g -jar daybook-verifier.jar …");
        }
        return MISUSE;
    }

    private static String digest(Arguments given) throws IOException {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            try (InputStream in =
                    new DigestInputStream(Files.newInputStream(given.pack()), digest)) {
                byte[] buffer = new byte[1 << 16];
                while (in.read(buffer) >= 0) {
                    // The stream takes note of what goes by.
                }
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256.", e);
        }
    }
}
